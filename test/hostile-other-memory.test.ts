import { runAlone } from "./hostile/alone.ts";
import { OTHER_MEMORY } from "./hostile/memory.ts";

runAlone("other memory", OTHER_MEMORY, "one");
