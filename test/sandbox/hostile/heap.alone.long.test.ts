import { runAlone } from "./alone.ts";
import { HEAP } from "./memory.ts";

runAlone("memory in the heap", HEAP, "one");
