import { runAlone } from "./hostile/alone.ts";
import { HEAP } from "./hostile/memory.ts";

runAlone("memory in the heap", HEAP, "one");
