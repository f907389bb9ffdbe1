import { runAlone } from "./alone.ts";
import { CPU_IN_VALUES } from "./cpu.ts";

runAlone("CPU time in values", CPU_IN_VALUES, "one");
