import { runAlone } from "./hostile/alone.ts";
import { PROMISES } from "./hostile/promises.ts";

runAlone("promises", PROMISES, "one");
