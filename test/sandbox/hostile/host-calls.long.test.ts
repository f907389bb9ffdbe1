import { runAlone } from "./alone.ts";
import { HTTP_AND_KV } from "./cases-host-calls.ts";
import { HOST_FLOODS } from "./host-floods.ts";

runAlone("what the sandbox offers", HOST_FLOODS, "one");
runAlone("http and kv", HTTP_AND_KV);
