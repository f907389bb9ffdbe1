import { runAlone } from "./hostile/alone.ts";
import { TAMPERING } from "./hostile/tampering.ts";

runAlone("tampering", TAMPERING);
