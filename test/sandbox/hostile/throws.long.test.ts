import { runAlone } from "./alone.ts";
import { THROWS } from "./cases-promises.ts";

runAlone("thrown values", THROWS, "one");
