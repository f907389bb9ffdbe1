import { runAlone } from "./hostile/alone.ts";
import { HTTP_AND_KV } from "./hostile/host-calls.ts";
import { HOST_FLOODS } from "./hostile/host-floods.ts";

runAlone("what the sandbox offers", HOST_FLOODS, "one");
runAlone("http and kv", HTTP_AND_KV);
