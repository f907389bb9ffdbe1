import { runAlone } from "./alone.ts";
import { CPU_IN_CODE } from "./cpu.ts";

runAlone("CPU time in code", CPU_IN_CODE, "one");
