/** Functions that sleep, many of them and on large messages, take no place and no memory that others need. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { childrenOf, type ServerProcess, startServer } from "../support/server-process.ts";
import { TOKEN } from "../support/test-app.ts";

/** A push that waits for the functions that sleep is answered 202 when this is over. */
const SYNC_TIMEOUT_MS = 5000;
/** Of what sleeps, which is 120 s. */
const CALM_WITHIN_MS = 40_000;
/** How many times as long as on an idle server a push may take: those that wait for others take thousands. */
const MAX_RATIO = 50;
/** What an idle server that is asked once may take by chance. */
const LEAST_IDLE_MS = 20;
const MANY = 50;
/** Of a message that is as large as it may be. */
const LARGE_BYTES = 25 * 1024 * 1024;
const LARGE_MESSAGES = 11;

let folder: string;
let server: ServerProcess;
let idleMs: number;

const SLEEP = "export default (event, ctx) => ctx.sleep(120000);";
const LENGTH = "export default (event) => event.rawBody.length;";
/** Reads the body when it has waited. What it verifies with is read once more. */
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

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hookyard-fair-"));
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

const post = (uri: string, body: Buffer | string, sync: boolean) =>
  fetch(`${server.url}/webhooks/v1/${uri}`, {
    method: "POST",
    body,
    headers: sync ? { "flex-sync-webhook": "true" } : {},
  });

/** How long a push takes until its function has run. For ever when that is not within the time a push waits. */
async function pushMs(uri: string, body = "x".repeat(100_000)): Promise<number> {
  const startedAt = performance.now();
  const response = await post(uri, body, true);
  await response.text();
  if (response.status !== 200) return Number.POSITIVE_INFINITY;
  return performance.now() - startedAt;
}

/** So many messages to each of these. */
async function fill(uris: readonly string[], count: number, body = "{}"): Promise<void> {
  for (const uri of uris)
    for (let sent = 0; sent < count; sent += 50) {
      const size = Math.min(50, count - sent);
      const all = await Promise.all(Array.from({ length: size }, () => post(uri, body, false)));
      for (const { status } of all) expect(status).toBe(202);
    }
}

/** Soon: what has just come in has to be begun first. The functions that sleep end long after that. */
async function expectAsIdle(...uris: readonly string[]): Promise<void> {
  for (const uri of uris)
    for (const body of ["{}", "x".repeat(100_000)])
      await expect
        .poll(async () => (await pushMs(uri, body)) / idleMs, { timeout: CALM_WITHIN_MS })
        .toBeLessThan(MAX_RATIO);
}

const residentBytes = () =>
  [server.pid, ...childrenOf(server.pid)]
    .map((pid) => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096)
    .reduce((sum, bytes) => sum + bytes, 0);

test("large messages to a sleeping function take no memory, and delay no other function", {
  timeout: 120_000,
}, async () => {
  const body = Buffer.alloc(LARGE_BYTES, "x");
  const send = async (count: number) => {
    for (let n = 0; n < count; n++) expect((await post("one/a", body, false)).status).toBe(202);
    await expectAsIdle("other/quick", "one/quick", "many/quick");
    return residentBytes();
  };
  // What it takes to receive and match a large message.
  const before = await send(3);
  expect((await send(LARGE_MESSAGES)) - before).toBeLessThan((LARGE_MESSAGES * LARGE_BYTES) / 2);
  // As large as those that sleep.
  const response = await post("other/quick", body, true);
  expect([response.status, ((await response.json()) as { status: string }).status]).toEqual([
    200,
    "SUCCESS",
  ]);
});

test("a function that reads a large body when it has waited gets its own, also when its process died", {
  timeout: 120_000,
}, async () => {
  const sizes = [3_000_000, 1_000_000, 5_000_000, 100_000, 2_000_000, 70_000];
  const sent = sizes.map(async (size, index) => {
    const text = String(index).repeat(size);
    const isEncoded = index % 2 === 1;
    const body = isEncoded ? gzipSync(text) : Buffer.from(text);
    const response = await fetch(`${server.url}/webhooks/v1/other/late?ms=${1000 + index * 300}`, {
      method: "POST",
      body,
      headers: isEncoded ? { "content-encoding": "gzip" } : {},
    });
    const { messageId } = (await response.json()) as { messageId: string };
    return { messageId, expected: [size, size, String(index), String(index), 64] };
  });
  const messages = await Promise.all(sent);
  for (const pid of childrenOf(server.pid)) process.kill(pid, "SIGKILL");
  for (const { messageId, expected } of messages)
    await expect.poll(() => resultOf(messageId), { timeout: CALM_WITHIN_MS }).toEqual(expected);
});

async function resultOf(messageId: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${server.url}/api/v1/messages/${messageId}`, { headers });
  const { executions } = (await response.json()) as { executions: readonly { result: unknown }[] };
  return executions[0]?.result;
}

test("two functions that sleep, with 600 at once each, leave places to the others", {
  timeout: 120_000,
}, async () => {
  await fill(["one/a", "one/b"], 620);
  await expectAsIdle("other/quick", "one/quick", "many/quick");
});

test("fifty functions of one provider leave places to another provider, and to their own", {
  timeout: 120_000,
}, async () => {
  const uris = Array.from({ length: MANY }, (_, n) => `many/${n}`);
  await fill(uris, 12);
  await expectAsIdle("other/quick", "one/quick", "many/quick");
});

test("after a restart with a long backlog, and while five hundred are submitted again, pushes are answered as before", {
  timeout: 120_000,
}, async () => {
  await server.end("SIGKILL");
  server = await start();
  await expectAsIdle("other/quick", "one/quick", "many/quick");
  await fill(["other/again"], 500);
  const request = { status: "SUCCESS", uri: "other/again" };
  await expect.poll(() => resubmit({ ...request, dryRun: true }), { timeout: 30_000 }).toBe(500);
  const resubmitted = resubmit(request);
  await expectAsIdle("other/quick", "one/quick", "many/quick");
  expect(await resubmitted).toBe(500);
  await expectAsIdle("other/quick", "one/quick", "many/quick");
});

async function resubmit(body: object): Promise<number> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${server.url}/api/v1/messages/resubmit`, options);
  const { count } = (await response.json()) as { count: number };
  return count;
}
