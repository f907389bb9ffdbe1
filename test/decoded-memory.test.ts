/** Many small requests that hold megabytes each: the server stays small, and honest senders are answered meanwhile. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { type ServerProcess, startServer } from "./server-process.ts";

const TOKEN = "a-token-for-tests-only";
const LARGE = 25 * 1024 * 1024;
const AT_ONCE = 80;
const MOST_MB = 300;

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
  const response = await fetch(`${url}/api/v1/messages?limit=200`, { headers });
  return ((await response.json()) as { items: { status: string }[] }).items.map(
    (one) => one.status,
  );
}

test("80 bodies at once that hold 25 MiB each", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "hookyard-decoded-"));
  install(folder);
  const server = await startServer({
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_STRANGER_RATE: "0",
  });
  const { url } = server;
  try {
    expect((await post(url, Buffer.from("{}"))).status).toBe(202);
    const idle = residentMb(server);
    let most = idle;
    const watch = setInterval(() => {
      most = Math.max(most, residentMb(server));
    }, 20);
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
    clearInterval(watch);
    expect(most - idle).toBeLessThan(MOST_MB);
  } finally {
    await server.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});
