import { runAlone } from "./alone.ts";
import { OUTPUT } from "./cases-output.ts";

runAlone("output", OUTPUT, "one");
