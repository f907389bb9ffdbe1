import { runAlone } from "./alone.ts";
import { THROWS } from "./cases-promises.ts";

runAlone("what is thrown", THROWS, "one");
