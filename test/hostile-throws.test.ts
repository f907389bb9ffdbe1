import { runAlone } from "./hostile/alone.ts";
import { THROWS } from "./hostile/promises.ts";

runAlone("what is thrown", THROWS, "one");
