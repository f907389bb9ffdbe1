/**
 * Many small requests that decode to megabytes each: the memory of the server stays small, and honest senders are still
 * answered.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { metricValue } from "../support/metric-values.ts";
import { head, rawClient } from "../support/raw-client.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 90_000 });

const TOKEN = "a-token-for-tests-only";
const LARGE = 25 * 1024 * 1024;
const AT_ONCE = 80;
const MOST_MB = 300;
const ONE_BYTE_CHUNKS = 1_000_000;

const BOMBS = ["gzip", "br", "zstd", "gzip, gzip"].map((encoding) => {
  const body = Buffer.alloc(LARGE, "bomb ");
  const encode = { br: brotliCompressSync, zstd: zstdCompressSync }[encoding] ?? gzipSync;
  const once = encode(body);
  return { encoding, body: encoding === "gzip, gzip" ? gzipSync(once) : once };
});

const residentMb = ({ pid }: ServerProcess) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

function install(folder: string): void {
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write("providers/any/provider.json", JSON.stringify({ name: "any", priority: 1 }));
  write("providers/any/match.ts", "export default () => true;\n");
  const fn = { name: "tell", provider: "any", uri: "in" };
  write("functions/tell/function.json", JSON.stringify(fn));
  write("functions/tell/index.ts", "export default (event) => event.rawBody.length;\n");
}

async function post(url: string, body: Buffer, headers: Record<string, string> = {}) {
  const signal = AbortSignal.timeout(60_000);
  const init = { method: "POST", body: new Uint8Array(body), headers, signal };
  const response = await fetch(`${url}/webhooks/v1/in`, init);
  await response.text();
  return { status: response.status, retryAfter: Number(response.headers.get("retry-after")) };
}

async function statuses(url: string): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${url}/api/v1/messages?uri=in&limit=200`, { headers });
  return ((await response.json()) as { items: { status: string }[] }).items.map(
    (one) => one.status,
  );
}

let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  folder = tempFolder().path;
  install(folder);
  server = await startServer({
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_STRANGER_RATE: "0",
  });
});
afterAll(async () => {
  await server.end("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** The growth of the server's memory in megabytes while `run` runs, at its peak. */
async function growthMb(run: () => Promise<void>): Promise<number> {
  const before = residentMb(server);
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, residentMb(server));
  }, 20);
  await run().finally(() => clearInterval(watch));
  return Math.max(most, residentMb(server)) - before;
}

test("a body in chunks of one byte takes the memory of one body", async () => {
  const chunks = Buffer.alloc(6 * ONE_BYTE_CHUNKS, "1\r\na\r\n");
  using client = await rawClient(server.url, head("nowhere", "Transfer-Encoding: chunked"));
  const grown = await growthMb(async () => {
    client.socket.write(chunks);
    const receiving = () => metricValue(server.url, "hookyard_receiving_bytes");
    await expect.poll(receiving, { timeout: 60_000 }).toBe(ONE_BYTE_CHUNKS);
  });
  client.socket.write("0\r\n\r\n");
  await expect.poll(() => client.received(), { timeout: 30_000 }).toMatch(/^HTTP\/1\.1 202 /);
  expect(grown).toBeLessThan(150);
});

test("80 simultaneous bodies of 25 MiB once decoded do not fill the memory", async () => {
  const { url } = server;
  expect((await post(url, Buffer.from("{}"))).status).toBe(202);
  const grown = await growthMb(async () => {
    const bombs = Array.from({ length: AT_ONCE }, (_, n) => {
      const { body, encoding } = BOMBS[n % BOMBS.length] ?? { body: Buffer.alloc(0), encoding: "" };
      return post(url, body, { "content-encoding": encoding });
    });
    for (const body of [Buffer.from("{}"), Buffer.alloc(100_000, "honest ")]) {
      expect((await post(url, body)).status).toBe(202);
      const packed = await post(url, gzipSync(body), { "content-encoding": "gzip" });
      expect(packed.status).toBe(202);
    }
    const answers = await Promise.all(bombs);
    const accepted = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 503);
    expect(accepted.length + refused.length).toBe(AT_ONCE);
    expect(accepted.length).toBeGreaterThan(0);
    for (const { retryAfter } of refused) expect(retryAfter).toBeGreaterThan(0);
    const wanted = Array.from({ length: 5 + accepted.length }, () => "SUCCESS");
    await expect.poll(() => statuses(url), { timeout: 90_000, interval: 100 }).toEqual(wanted);
  });
  expect(grown).toBeLessThan(MOST_MB);
});
