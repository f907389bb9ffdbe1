/** A server with many functions that sleep, and the latency of pushes meanwhile. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { childrenOf, type ServerProcess, startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TOKEN } from "../support/test-app.ts";

/** How long a synchronous call waits. A push that waits for the sleeping functions is answered 202 after it. */
const SYNC_TIMEOUT_MS = 5000;
/** The time limit of the sleeping functions, which sleep for 120 s. */
export const CALM_WITHIN_MS = 40_000;
/**
 * How many times slower than on an idle server a push may be. A push that waits for sleeping functions is thousands of
 * times slower.
 */
const MAX_RATIO = 50;
/** The latency of a push on an idle server may reach this by chance. */
const LEAST_IDLE_MS = 20;
export const MANY = 50;
/** The size of the largest allowed message. */
export const LARGE_BYTES = 25 * 1024 * 1024;
export const LARGE_MESSAGES = 11;

let folder: string;
export let server: ServerProcess;
let idleMs: number;

const SLEEP = "export default (event, ctx) => ctx.sleep(120000);";
const LENGTH = "export default (event) => event.rawBody.length;";
/** Reads the body after it has slept. Its verification reads the body once more. */
const LATE = `export default async (event, ctx) => {
  await ctx.sleep(Number(event.query.ms));
  const { rawBody, payload } = event;
  const digest = ctx.crypto.hash("sha256", rawBody);
  const isEncoded = event.headers["content-encoding"] !== undefined;
  const size = isEncoded ? payload.length : rawBody.length;
  return [size, payload.length, payload[0], payload.at(-1), digest.length];
};`;

function write(kind: "providers" | "functions", name: string, json: object, script: string): void {
  const path = join(folder, kind, name);
  mkdirSync(path, { recursive: true });
  const [file, source] =
    kind === "providers" ? ["provider.json", "match.ts"] : ["function.json", "index.ts"];
  writeFileSync(join(path, file), JSON.stringify({ name, ...json }));
  writeFileSync(join(path, source), script);
}

function writeScripts(): void {
  for (const [index, provider] of ["one", "many", "other"].entries()) {
    const matches = `export default (event) => event.uri.startsWith("${provider}/");`;
    write("providers", provider, { priority: index + 1 }, matches);
    const quick = { provider, uri: `${provider}/quick` };
    write("functions", `${provider}-quick`, quick, LENGTH);
  }
  const sleeps = { timeoutMs: 300_000, concurrency: 600 };
  const again = { provider: "other", uri: "other/again", ...sleeps };
  const script = "export default (event, ctx) => event.resubmittedFrom && ctx.sleep(120000);";
  write("functions", "other-again", again, script);
  const late = { provider: "other", uri: "other/late", memoryMb: 256, timeoutMs: 300_000 };
  write("functions", "other-late", late, LATE);
  for (const name of ["a", "b"])
    write("functions", `slow-${name}`, { provider: "one", uri: `one/${name}`, ...sleeps }, SLEEP);
  for (let n = 0; n < MANY; n++)
    write("functions", `many-${n}`, { provider: "many", uri: `many/${n}`, ...sleeps }, SLEEP);
}

const start = () =>
  startServer({
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_SANDBOX_PROCESSES: "2",
    HOOKYARD_SYNC_TIMEOUT_MS: String(SYNC_TIMEOUT_MS),
    HOOKYARD_LOG_LEVEL: "warn",
  });

/** Call this while tests are collected. The tests of a file share a server with functions that sleep. */
export function useServer(): void {
  beforeAll(async () => {
    folder = tempFolder().path;
    writeScripts();
    server = await start();
    const times: number[] = [];
    for (let n = 0; n < 10; n++) times.push(await pushMs("other/quick"));
    idleMs = Math.max(LEAST_IDLE_MS, times.toSorted((a, b) => a - b)[5] ?? 0);
  }, 90_000);
  afterAll(async () => {
    await server.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
}

export const post = (uri: string, body: Buffer | string, sync: boolean) =>
  fetch(`${server.url}/webhooks/v1/${uri}`, {
    method: "POST",
    body,
    headers: sync ? { "flex-sync-webhook": "true" } : {},
  });

/** The latency of a push until its function has run; Infinity when the answer is not synchronous. */
async function pushMs(uri: string, body = "x".repeat(100_000)): Promise<number> {
  const startedAt = performance.now();
  const response = await post(uri, body, true);
  await response.text();
  if (response.status !== 200) return Number.POSITIVE_INFINITY;
  return performance.now() - startedAt;
}

/** Sends `count` messages to each of these URIs. */
export async function fill(uris: readonly string[], count: number, body = "{}"): Promise<void> {
  for (const uri of uris)
    for (let sent = 0; sent < count; sent += 50) {
      const size = Math.min(50, count - sent);
      const all = await Promise.all(Array.from({ length: size }, () => post(uri, body, false)));
      for (const { status } of all) expect(status).toBe(202);
    }
}

/** The newest runs start soon, long before the sleeping functions end. */
export async function expectAsIdle(...uris: readonly string[]): Promise<void> {
  for (const uri of uris)
    for (const body of ["{}", "x".repeat(100_000)])
      await expect
        .poll(async () => (await pushMs(uri, body)) / idleMs, { timeout: CALM_WITHIN_MS })
        .toBeLessThan(MAX_RATIO);
}

export const residentBytes = () =>
  [server.pid, ...childrenOf(server.pid)]
    .map((pid) => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096)
    .reduce((sum, bytes) => sum + bytes, 0);

/** Kills the server and starts it again. */
export async function restart(): Promise<void> {
  await server.end("SIGKILL");
  server = await start();
}

export async function resultOf(messageId: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${server.url}/api/v1/messages/${messageId}`, { headers });
  const { executions } = (await response.json()) as { executions: readonly { result: unknown }[] };
  return executions[0]?.result;
}

export async function resubmit(body: object): Promise<number> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${server.url}/api/v1/messages/resubmit`, options);
  const { count } = (await response.json()) as { count: number };
  return count;
}
