/** Node-RED sends with its node "http request": JSON with basic authentication, and a form. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../bench/peers/peer.ts";
import { serve } from "./process.ts";
import { type Place, SECRET, type Sender, uriOf } from "./sender.ts";

const name = "node-red";
const USER = "flow";

export const nodeRed: Sender = {
  name,
  packages: ["node-red@5.0.7"],
  provider: name,
  copyOf: "basic",
  properties: {
    NODE_RED_URI: uriOf({ name }),
    NODE_RED_USERNAME: USER,
    NODE_RED_PASSWORD: SECRET,
  },
  messages: 2,
  run: flow,
};

/** Both inject nodes start the flow by themselves. */
const nodes = (url: string) => [
  { id: "tab", type: "tab", label: "senders" },
  ...[
    ["temperature", '{"temperature":21.5,"room":"Büro"}', "json"],
    ["state", '{"room":"cellar","state":"100% sure & more"}', "json", "x-www-form-urlencoded"],
  ].flatMap(([id, payload, payloadType, type]) => [
    {
      id,
      z: "tab",
      type: "inject",
      props: [
        { p: "payload" },
        ...(type === undefined
          ? []
          : [{ p: "headers", v: `{"content-type":"application/${type}"}`, vt: "json" }]),
      ],
      payload,
      payloadType,
      once: true,
      onceDelay: id === "temperature" ? 0.1 : 1,
      wires: [["request"]],
    },
  ]),
  {
    id: "request",
    z: "tab",
    type: "http request",
    method: "POST",
    ret: "obj",
    url,
    authType: "basic",
    wires: [[]],
  },
];

async function flow({ folder, url, answers }: Place): Promise<void> {
  const settings = {
    uiPort: await freePort(),
    uiHost: "127.0.0.1",
    httpAdminRoot: false,
    flowFile: "flows.json",
    userDir: folder,
    credentialSecret: false,
    logging: { console: { level: "warn", metrics: false, audit: false } },
  };
  writeFileSync(join(folder, "settings.js"), `module.exports = ${JSON.stringify(settings)};`);
  writeFileSync(join(folder, "flows.json"), JSON.stringify(nodes(url)));
  const credentials = { request: { user: USER, password: SECRET } };
  writeFileSync(join(folder, "flows_cred.json"), JSON.stringify(credentials));
  const args = ["node_modules/node-red/red.js", "--settings", "settings.js"];
  const isDone = async () => answers() >= nodeRed.messages;
  await using _server = await serve({ cwd: folder, args }, isDone);
}
