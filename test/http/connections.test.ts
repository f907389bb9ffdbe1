/**
 * Hostile connections: honest requests are still answered, incomplete messages are not stored, and no resource leaks.
 */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { metricValue } from "../support/metric-values.ts";
import { head, type RawClient, rawClient } from "../support/raw-client.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const TOKEN = "a-token-for-tests-only";
const WITHIN = { timeout: 30_000, interval: 50 };

let server: ServerProcess;
let folder: string;
/** The number of files that the server has open, without connections. */
let filesAtRest = 0;

beforeAll(async () => {
  folder = tempFolder().path;
  for (const kind of ["providers", "functions"]) mkdirSync(join(folder, kind));
  server = await startServer({
    HOOKYARD_DATA_DIR: folder,
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_HEADERS_TIMEOUT_MS: "1000",
    HOOKYARD_REQUEST_TIMEOUT_MS: "2000",
    HOOKYARD_STRANGER_RATE: "0",
  });
  await honest();
  filesAtRest = openFiles();
});
afterAll(async () => {
  await server.end("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

const openFiles = () => readdirSync(`/proc/${server.pid}/fd`).length;

/** An honest request, which must be answered soon. Returns its id. */
async function honest(body = "{}"): Promise<string> {
  const signal = AbortSignal.timeout(10_000);
  const response = await fetch(`${server.url}/webhooks/v1/x`, { method: "POST", body, signal });
  expect(response.status).toBe(202);
  return ((await response.json()) as { messageId: string }).messageId;
}

/** The messages that were stored under a URI. */
async function stored(uri: string): Promise<readonly { readonly id: string }[]> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${server.url}/api/v1/messages?uri=${uri}&limit=200`, { headers });
  return ((await response.json()) as { items: { id: string }[] }).items;
}

const clients = (count: number, bytes: string | Buffer): Promise<readonly RawClient[]> =>
  Promise.all(Array.from({ length: count }, () => rawClient(server.url, bytes)));

function closeAll(all: readonly RawClient[]): void {
  for (const { socket } of all) socket.destroy();
}

const receivingBytes = () => metricValue(server.url, "hookyard_receiving_bytes");

/** Connections that `fetch` keeps alive may remain. */
async function expectNothingLeft(): Promise<void> {
  await expect.poll(openFiles, WITHIN).toBeLessThanOrEqual(filesAtRest + 10);
  await expect.poll(receivingBytes, WITHIN).toBe(0);
}

test("headers that never end are cut off, and delay no other request", async () => {
  const all = await clients(300, "POST /webhooks/v1/loris HTTP/1.1\r\nHost: a\r\n");
  const dribble = setInterval(() => {
    for (const { socket } of all) socket.write("X-A: b\r\n");
  }, 100);
  for (let n = 0; n < 5; n++) await honest();
  await expect.poll(() => all.every((one) => one.isClosed()), WITHIN).toBe(true);
  clearInterval(dribble);
  expect(all[0]?.received()).toMatch(/^HTTP\/1\.1 408 /);
  await expectNothingLeft();
  expect(await stored("loris")).toEqual([]);
});

test("bodies that never end are cut off, and nothing of them is stored", async () => {
  const all = await clients(100, `${head("slow", "Content-Length: 1000000")}{"a":`);
  const dribble = setInterval(() => {
    for (const { socket } of all) socket.write("1");
  }, 100);
  for (let n = 0; n < 5; n++) await honest();
  await expect.poll(() => all.every((one) => one.isClosed()), WITHIN).toBe(true);
  clearInterval(dribble);
  await expectNothingLeft();
  expect(await stored("slow")).toEqual([]);
});

test.each([
  ["a body cut short", head("half", "Content-Length: 100000"), Buffer.alloc(99_999)],
  ["a chunk cut short", head("half", "Transfer-Encoding: chunked"), "ff\r\nabc"],
  ["no last chunk", head("half", "Transfer-Encoding: chunked"), "3\r\nabc\r\n"],
])("%s: the sender leaves, and nothing is stored", async (_, start, rest) => {
  const all = await clients(50, Buffer.concat([Buffer.from(start), Buffer.from(rest)]));
  await expect.poll(receivingBytes, WITHIN).toBeGreaterThan(0);
  await honest();
  for (const { socket } of all) socket.resetAndDestroy();
  await expectNothingLeft();
  await honest();
  expect(await stored("half")).toEqual([]);
});

test("the message of a sender that leaves before its answer is stored whole or not at all", async () => {
  const body = "0123456789".repeat(1000);
  const all = await clients(30, `${head("gone", `Content-Length: ${body.length}`)}${body}`);
  closeAll(all);
  await honest();
  await expectNothingLeft();
  const headers = { authorization: `Bearer ${TOKEN}` };
  for (const { id } of await stored("gone")) {
    const kept = await fetch(`${server.url}/api/v1/messages/${id}/body`, { headers });
    expect(await kept.text()).toBe(body);
  }
});

test.each([
  ["headers of 100 KB", head("bad", `X-Long: ${"x".repeat(100_000)}`), 431],
  ["1,001 headers", head("bad", ...Array.from({ length: 1000 }, (_, n) => `x-${n}: 1`)), 431],
  ["two lengths", head("bad", "Content-Length: 1", "Content-Length: 2"), 400],
  ["a length and chunks", head("bad", "Content-Length: 4", "Transfer-Encoding: chunked"), 400],
  ["a negative length", head("bad", "Content-Length: -1"), 400],
  ["no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400],
  ["a chunk of no size", `${head("bad", "Transfer-Encoding: chunked")}zz\r\n`, 400],
])("%s: refused, and the connection closed", async (_, bytes, status) => {
  using client = await rawClient(server.url, bytes);
  await expect.poll(() => client.isClosed(), WITHIN).toBe(true);
  expect(client.received()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  await honest();
  expect(await stored("bad")).toEqual([]);
});

test("pipelined requests are answered in order, each stored with its own body", async () => {
  const bodies = Array.from({ length: 50 }, (_, n) => `body-${n}`);
  const requests = bodies.map(
    (body) => `${head("piped", `Content-Length: ${body.length}`)}${body}`,
  );
  using client = await rawClient(server.url, requests.join(""));
  const ids = () =>
    [...client.received().matchAll(/"messageId":"([\da-f-]+)"/g)].map(([, id = ""]) => id);
  await honest();
  await expect.poll(() => ids().length, WITHIN).toBe(50);
  const headers = { authorization: `Bearer ${TOKEN}` };
  for (const [index, id] of ids().entries()) {
    const kept = await fetch(`${server.url}/api/v1/messages/${id}/body`, { headers });
    expect(await kept.text()).toBe(bodies[index]);
  }
});

test("a sender that expects 100-continue gets 100 Continue, or is refused before it sends a body", async () => {
  const expects = "Expect: 100-continue";
  using client = await rawClient(server.url, head("asked", "Content-Length: 2", expects));
  await expect.poll(() => client.received(), WITHIN).toMatch(/^HTTP\/1\.1 100 /);
  client.socket.write("{}");
  await expect.poll(() => client.received(), WITHIN).toMatch(/HTTP\/1\.1 202 /);
  expect(await stored("asked")).toHaveLength(1);
  using other = await rawClient(
    server.url,
    `POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n${expects}\r\n\r\n`,
  );
  await expect.poll(() => other.isClosed(), WITHIN).toBe(true);
  expect(other.received()).toMatch(/^HTTP\/1\.1 404 /);
});
