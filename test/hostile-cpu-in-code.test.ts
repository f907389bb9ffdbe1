import { runAlone } from "./hostile/alone.ts";
import { CPU_IN_CODE } from "./hostile/cpu.ts";

runAlone("CPU time in code", CPU_IN_CODE, "one");
