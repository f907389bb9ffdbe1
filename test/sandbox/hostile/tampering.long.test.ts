import { runAlone } from "./alone.ts";
import { TAMPERING } from "./cases-tampering.ts";

runAlone("tampering", TAMPERING);
