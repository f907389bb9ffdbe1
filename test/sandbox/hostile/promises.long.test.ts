import { runAlone } from "./alone.ts";
import { PROMISES } from "./cases-promises.ts";

runAlone("promises", PROMISES, "one");
