import { runAlone } from "./alone.ts";
import { OTHER_MEMORY } from "./memory.ts";

runAlone("other memory", OTHER_MEMORY, "one");
