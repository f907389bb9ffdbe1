/**
 * Functions mostly wait for other servers: a thousand waiting runs must neither fill the memory nor delay other
 * functions.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { childrenOf, type ServerProcess, startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TOKEN } from "../support/test-app.ts";

const WAITING = 1000;
const GIGABYTE = 1024 ** 3;
const PAD = "x".repeat(7000);

/** A server that answers no request by itself: the test answers those in `held`. */
async function startSlow(): Promise<Server & { readonly held: ServerResponse[] }> {
  const held: ServerResponse[] = [];
  const server = createServer((_, response) => held.push(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(server, { held });
}

const residentBytes = (pid: number) =>
  Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;

function writeScripts(folder: string, origin: string): void {
  const write = (path: string, files: Readonly<Record<string, string>>) => {
    mkdirSync(join(folder, path), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, path, name), text);
  };
  write("providers/anything", {
    "provider.json": '{"name":"anything","priority":1}',
    "match.ts": "export default () => true;",
  });
  const http = { allow: [origin], privateNetworks: ["127.0.0.0/8"] };
  const wait = { name: "wait", provider: "anything", uri: "wait", concurrency: WAITING, http };
  write("functions/wait", {
    "function.json": JSON.stringify({ ...wait, timeoutMs: 120_000 }),
    "index.ts": `export default async (event, ctx) => {
      const response = await ctx.http.fetch("${origin}/" + event.payload.n, { timeoutMs: 120_000 });
      return [event.payload.n, await response.text()];
    };`,
  });
  write("functions/quick", {
    "function.json": '{"name":"quick","provider":"anything","uri":"quick"}',
    "index.ts": "export default (event) => event.payload.pad.length;",
  });
}

const post = (server: ServerProcess, uri: string, payload: object, sync: boolean) =>
  fetch(`${server.url}/webhooks/v1/${uri}`, {
    method: "POST",
    body: JSON.stringify({ ...payload, pad: PAD }),
    headers: sync ? { "flex-sync-webhook": "true" } : {},
  });

async function succeeded(server: ServerProcess): Promise<number> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  let [count, cursor] = [0, ""];
  do {
    const query = `status=SUCCESS&function=wait&limit=200${cursor}`;
    const response = await fetch(`${server.url}/api/v1/messages?${query}`, { headers });
    const { items, nextCursor } = (await response.json()) as {
      items: unknown[];
      nextCursor: string | null;
    };
    count += items.length;
    cursor = nextCursor === null ? "" : `&cursor=${nextCursor}`;
  } while (cursor !== "");
  return count;
}

test("a thousand executions wait for HTTP within a gigabyte while others go on", {
  timeout: 150_000,
}, async () => {
  const slow = await startSlow();
  const folder = tempFolder().path;
  writeScripts(folder, `http://127.0.0.1:${(slow.address() as AddressInfo).port}`);
  const server = await startServer({
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_SANDBOX_PROCESSES: "2",
    HOOKYARD_LOG_LEVEL: "warn",
  });
  try {
    for (let n = 0; n < WAITING; n += 50) {
      const batch = Array.from({ length: 50 }, (_, index) =>
        post(server, "wait", { n: n + index }, false),
      );
      for (const response of await Promise.all(batch)) expect(response.status).toBe(202);
    }
    await expect.poll(() => slow.held.length, { timeout: 60_000 }).toBe(WAITING);
    const resident = [server.pid, ...childrenOf(server.pid)].map(residentBytes);
    expect(resident.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(GIGABYTE);
    for (let n = 0; n < 20; n++) expect((await post(server, "quick", {}, true)).status).toBe(200);
    for (const response of slow.held) response.end("late");
    await expect.poll(() => succeeded(server), { timeout: 60_000, interval: 500 }).toBe(WAITING);
  } finally {
    await server.end("SIGKILL");
    slow.closeAllConnections();
    slow.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
