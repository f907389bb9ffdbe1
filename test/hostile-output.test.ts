import { runAlone } from "./hostile/alone.ts";
import { OUTPUT } from "./hostile/output.ts";

runAlone("output", OUTPUT, "one");
