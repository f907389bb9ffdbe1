import { runAlone } from "./alone.ts";
import { HTTP_AND_KV } from "./cases-host-calls.ts";
import { HOST_FLOODS } from "./host-floods.ts";

runAlone("host functions", HOST_FLOODS, "one");
runAlone("http and kv", HTTP_AND_KV);
