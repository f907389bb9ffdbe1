/** Node-RED from npm in its own folder: an HTTP node, a function that reads the payload, a response. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { URI } from "../installation.ts";
import { freePort, type Peer, startPeer } from "./peer.ts";

export const NODE_RED = "5.0.7";
const INSTALL_WITHIN_MS = 300_000;

const READS_PAYLOAD = `const { ref, repository, commits } = msg.payload;
msg.statusCode = 202;
msg.payload = { message: commits.length + " commits to " + ref + " of " + repository.full_name };
return msg;`;

const FLOW = [
  { id: "tab", type: "tab", label: "bench" },
  {
    id: "in",
    z: "tab",
    type: "http in",
    url: `/webhooks/v1/${URI}`,
    method: "post",
    wires: [["fn"]],
  },
  { id: "fn", z: "tab", type: "function", func: READS_PAYLOAD, outputs: 1, wires: [["out"]] },
  { id: "out", z: "tab", type: "http response", wires: [] },
];

export async function startNodeRed(folder: string): Promise<Peer> {
  const root = join(folder, "node-red");
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, "package.json"), '{"private":true}');
  const install = ["install", "--save-exact", "--no-audit", "--no-fund", `node-red@${NODE_RED}`];
  execFileSync("npm", install, { cwd: root, stdio: "ignore", timeout: INSTALL_WITHIN_MS });
  const port = await freePort();
  const settings = {
    uiPort: port,
    uiHost: "127.0.0.1",
    httpAdminRoot: false,
    flowFile: "flows.json",
    userDir: root,
    credentialSecret: false,
    logging: { console: { level: "fatal", metrics: false, audit: false } },
  };
  writeFileSync(join(root, "settings.js"), `module.exports = ${JSON.stringify(settings)};`);
  writeFileSync(join(root, "flows.json"), JSON.stringify(FLOW));
  const entry = join(root, "node_modules/node-red/red.js");
  const url = `http://127.0.0.1:${port}/webhooks/v1/${URI}`;
  const command = [process.execPath, entry, "--settings", join(root, "settings.js")] as const;
  return startPeer([...command], { cwd: root, url, status: 202 });
}
