import { runAlone } from "./hostile/alone.ts";
import { CPU_IN_VALUES } from "./hostile/cpu.ts";

runAlone("CPU time in values", CPU_IN_VALUES, "one");
