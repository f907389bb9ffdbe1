/** Under overload the server refuses new messages before it accepts them, and accepted ones continue. */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collectLog } from "../support/collected-log.ts";
import { metricValue } from "../support/metric-values.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const HOUR_MS = 3_600_000;
const installed = {
  providers: { anything: ANYTHING },
  functions: {
    quick: fn("quick", "export default () => 1;"),
    later: fn("later", "export default () => { throw new Error('not yet'); };", {
      retry: { maxAttempts: 2, backoffMs: HOUR_MS, factor: 1, maxBackoffMs: HOUR_MS },
    }),
    slow: fn("slow", "export default (e, ctx) => ctx.sleep(2500);", { concurrency: 1 }),
  },
};

let folder: string;
beforeEach(() => {
  folder = tempFolder().path;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = (environment: Record<string, string>) =>
  startTestApp({ ...installed, folder, environment });

const statusOf = async (app: TestApp, uri: string, init: RequestInit = {}) =>
  (await app.send(uri, init)).status;

const refusals = (app: TestApp, reason: string) =>
  metricValue(app.url, "hookyard_overload_refusals_total", { reason });

async function storedCount(app: TestApp): Promise<number> {
  const { items } = (await (await app.api("/messages?limit=200")).json()) as { items: unknown[] };
  return items.length;
}

test("a full backlog is answered 503 with problem details, and is counted from the rows after a restart", async () => {
  {
    await using app = await start({ HOOKYARD_MAX_BACKLOG: "2" });
    for (let n = 0; n < 2; n++) expect(await statusOf(app, "later")).toBe(202);
    const refused = await app.send("quick");
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("content-type")).toContain("application/problem+json");
    expect(await refused.json()).toMatchObject({ status: 503, code: "overloaded" });
    expect(await refusals(app, "backlog")).toBe(1);
    expect(await storedCount(app)).toBe(2);
    const ready = await fetch(`${app.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ code: "overloaded" });
  }
  await using app = await start({ HOOKYARD_MAX_BACKLOG: "3" });
  // A message leaves the backlog when it ends, with any outcome.
  const headers = { "flex-sync-webhook": "true" };
  for (let n = 0; n < 5; n++) expect(await statusOf(app, "quick", { headers })).toBe(200);
  for (let n = 0; n < 5; n++) expect(await statusOf(app, "nowhere", { headers })).toBe(404);
  expect(await statusOf(app, "later")).toBe(202);
  expect(await statusOf(app, "quick")).toBe(503);
  expect(await metricValue(app.url, "hookyard_messages_pending")).toBe(3);
});

test("a flood of refused requests does not flood the log", async () => {
  const { log, texts } = collectLog();
  const environment = { HOOKYARD_MAX_BACKLOG: "1" };
  await using app = await startTestApp({ ...installed, folder, environment, log });
  expect(await statusOf(app, "later")).toBe(202);
  const before = texts().length;
  for (let n = 0; n < 20; n++) {
    expect(await statusOf(app, "quick")).toBe(503);
    expect((await fetch(`${app.url}/readyz`)).status).toBe(503);
  }
  const logged = texts().slice(before);
  expect(logged).toContain("requests are refused: overload");
  expect(logged.length).toBeLessThan(5);
  expect(await refusals(app, "backlog")).toBe(20);
});

test("messages with a late decision count for the backlog too", async () => {
  const environment = { HOOKYARD_MAX_BACKLOG: "2", HOOKYARD_MATCH_TIMEOUT_MS: "1" };
  const script =
    "export default () => { const end = Date.now() + 30; while (Date.now() < end); return true; };";
  const providers = { anything: { json: { priority: 1 }, script } };
  await using app = await startTestApp({ ...installed, providers, folder, environment });
  for (let n = 0; n < 5; n++) {
    const response = await app.send("quick");
    expect(response.status).toBe(202);
    await app.ended(await idIn(response));
  }
});

test("the total size of waiting bodies is limited", async () => {
  const body = "x".repeat(6000);
  await using app = await start({ HOOKYARD_MAX_BACKLOG_BYTES: "10000" });
  for (let n = 0; n < 2; n++) expect(await statusOf(app, "later", { body })).toBe(202);
  expect(await metricValue(app.url, "hookyard_messages_pending_bytes")).toBe(12_000);
  expect(await statusOf(app, "quick")).toBe(503);
  expect(await refusals(app, "backlog_bytes")).toBe(1);
});

test("an execution that waits too long for its turn makes the server refuse messages; one that waits for a retry does not", async () => {
  await using app = await start({ HOOKYARD_MAX_BACKLOG_AGE_SECONDS: "1" });
  await app.ended(await idIn(await app.send("quick")));
  expect(await statusOf(app, "later")).toBe(202);
  for (let n = 0; n < 2; n++) expect(await statusOf(app, "slow")).toBe(202);
  const status = () => statusOf(app, "quick");
  await expect.poll(status, { interval: 50 }).toBe(503);
  expect(await refusals(app, "backlog_age")).toBeGreaterThan(0);
  await expect.poll(status, { interval: 50 }).toBe(202);
});

test("with too little free disk space the server answers before it reads the body", async () => {
  await using app = await start({ HOOKYARD_MIN_FREE_DISK_BYTES: String(Number.MAX_SAFE_INTEGER) });
  const socket = connect(app.app.port, "127.0.0.1");
  socket.write("POST /webhooks/v1/quick HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: \d+/i);
  expect(await refusals(app, "disk")).toBe(1);
});

test("a sender over its rate gets 429 and others do not; only the address from the proxy counts", async () => {
  await using app = await start({ HOOKYARD_SENDER_RATE: "3", HOOKYARD_TRUST_PROXY: "true" });
  const from = (address: string) => app.send("quick", { headers: { "x-forwarded-for": address } });
  for (let n = 0; n < 3; n++) expect((await from(`${n}.1.1.1, 192.0.2.1`)).status).toBe(202);
  const refused = await from("9.1.1.1, 192.0.2.1");
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(20);
  expect(await refused.json()).toMatchObject({ status: 429, code: "rate_limited" });
  expect((await from("192.0.2.2")).status).toBe(202);
  expect(await refusals(app, "sender_rate")).toBe(1);
  expect(await storedCount(app)).toBe(4);
});

test("the total memory of bodies being received is limited, and released", async () => {
  await using app = await start({ HOOKYARD_MAX_RECEIVING_BYTES: "1000000" });
  const half = connect(app.app.port, "127.0.0.1");
  half.write("POST /webhooks/v1/quick HTTP/1.1\r\nHost: a\r\nContent-Length: 25000000\r\n\r\n");
  // A single body always gets memory, and a body that arrives faster than others keeps it.
  half.write(Buffer.alloc(1_000_000));
  const rest = setInterval(() => half.write(Buffer.alloc(5000)), 10);
  const small = () => statusOf(app, "quick", { body: "x".repeat(1000) });
  const receiving = () => metricValue(app.url, "hookyard_receiving_bytes");
  await expect.poll(receiving).toBeGreaterThanOrEqual(1_000_000);
  expect(await small()).toBe(503);
  expect(await statusOf(app, "quick")).toBe(202);
  expect(await refusals(app, "receiving")).toBeGreaterThan(0);
  clearInterval(rest);
  half.destroy();
  await expect.poll(receiving).toBe(0);
  expect(await small()).toBe(202);
});
