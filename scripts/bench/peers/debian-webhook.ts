/** The Debian package `webhook`, if it is installed: it answers, and starts a process for every message. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, type Peer, startPeer } from "./peer.ts";

/** Undefined when it is not installed. */
export function webhookVersion(): string | undefined {
  const { status, stdout } = spawnSync("webhook", ["-version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim().replace(/^webhook version /, "") : undefined;
}

export async function startWebhook(folder: string): Promise<Peer> {
  const root = join(folder, "webhook");
  mkdirSync(root, { recursive: true });
  const hook = {
    id: "push",
    "execute-command": "/bin/true",
    "success-http-response-code": 202,
    "pass-arguments-to-command": [{ source: "payload", name: "ref" }],
  };
  writeFileSync(join(root, "hooks.json"), JSON.stringify([hook]));
  const port = await freePort();
  const args = ["-hooks", "hooks.json", "-ip", "127.0.0.1", "-port", String(port)];
  const url = `http://127.0.0.1:${port}/hooks/push`;
  return startPeer(["webhook", ...args], { cwd: root, url, status: 202 });
}
