/** The memory for incoming bodies: stalled uploads are ended for honest ones, and no sender takes all of it. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { metricValue } from "../support/metric-values.ts";
import { head, type RawClient, rawClient } from "../support/raw-client.ts";
import { ANYTHING, fn, startTestApp, type TestApp } from "../support/test-app.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const WITHIN = { timeout: 30_000, interval: 20 };
const BUDGET = 1_000_000;
const STALLED = 10;
const PART = Buffer.alloc(99_000, "a");

let app: TestApp;
/** A server with the default budget. */
let roomy: TestApp;
let slow: readonly RawClient[];
let steady: RawClient;
let drip: Flow;
let stream: Flow;

beforeAll(async () => {
  const scripts = {
    providers: { anything: ANYTHING },
    functions: { nothing: fn("x", "export default () => 1;") },
  };
  app = await startTestApp({
    ...scripts,
    environment: {
      HOOKYARD_MAX_RECEIVING_BYTES: String(BUDGET),
      HOOKYARD_TRUST_PROXY: "true",
      HOOKYARD_STRANGER_RATE: "0",
    },
  });
  roomy = await startTestApp(scripts);
  // These uploads take ten seconds, so they begin before the others.
  slow = await Promise.all(SLOW.map((bytes) => rawClient(roomy.url, bytes)));
  steady = await rawClient(roomy.url, head("x", "Content-Length: 100000"));
  drip = flow(slow.slice(1, 2), 1, 200);
  stream = flow([steady], 500, 200);
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await roomy[Symbol.asyncDispose]();
});

interface Flow {
  /** Returns the number of bytes that each connection has sent. */
  readonly stop: () => number;
}

/** Sends `bytes` on each connection repeatedly. */
function flow(all: readonly RawClient[], bytes: number, everyMs: number): Flow {
  let sent = 0;
  const timer = setInterval(() => {
    sent += bytes;
    for (const { socket } of all) socket.write(Buffer.alloc(bytes, "f"));
  }, everyMs);
  const stop = () => {
    clearInterval(timer);
    return sent;
  };
  return { stop };
}

const receiving = () => metricValue(app.url, "hookyard_receiving_bytes");

async function push(from: string, body: Buffer, headers: Record<string, string> = {}) {
  const response = await app.send("x", {
    body: new Uint8Array(body),
    headers: { "x-forwarded-for": from, ...headers },
    signal: AbortSignal.timeout(10_000),
  });
  return { status: response.status, retryAfter: response.headers.get("retry-after") };
}

const statusOf = async (from: string, body: Buffer) => (await push(from, body)).status;

const SLOW = [
  head("x", "Content-Length: 100"),
  `${head("x", "Content-Length: 100000")}${"b".repeat(5000)}`,
  head("x", "Transfer-Encoding: chunked"),
  `${head("x", "Transfer-Encoding: chunked")}3\r\nabc\r\n`,
  head("x", "Content-Length: 100", "Expect: 100-continue"),
  "POST /webhooks/v1/x HTTP/1.0\r\nContent-Length: 100\r\n\r\n",
  `${head("x", "Content-Length: 2")}{}${head("x", "Content-Length: 2")}`,
];

type Start = (from: string) => string | Buffer;

const body = (start: string) => Buffer.concat([Buffer.from(start), PART]);
const by = (from: string) => `X-Forwarded-For: ${from}`;
const promised = "Content-Length: 20000000";

const STALLS: readonly (readonly [what: string, start: Start])[] = [
  ["with a length", (from) => body(head("x", promised, by(from)))],
  ["in chunks", (from) => body(`${head("x", "Transfer-Encoding: chunked", by(from))}ffffff\r\n`)],
  [
    "of HTTP/1.0",
    (from) => body(`POST /webhooks/v1/x HTTP/1.0\r\n${promised}\r\n${by(from)}\r\n\r\n`),
  ],
  [
    "behind a whole request",
    (from) => body(`${head("x", "Content-Length: 0", by(from))}${head("x", promised, by(from))}`),
  ],
  ["after 100 Continue", (from) => body(head("x", promised, "Expect: 100-continue", by(from)))],
];

/** Starts uploads that fill the budget and stall. */
async function stall(start: Start, addressOf: (n: number) => string) {
  const all = await Promise.all(
    Array.from({ length: STALLED }, (_, n) => rawClient(app.url, start(addressOf(n)))),
  );
  await expect.poll(receiving, WITHIN).toBeGreaterThanOrEqual(STALLED * PART.length);
  return all;
}

/** Ends the uploads, so that the next test has the whole budget. */
async function end(all: readonly RawClient[]): Promise<void> {
  for (const { socket } of all) socket.destroy();
  await expect.poll(receiving, WITHIN).toBe(0);
}

test.each(STALLS)("uploads %s that stall are ended for an honest body", async (_, start) => {
  for (const honest of ["192.0.2.1", "192.0.2.2"]) {
    const all = await stall(start, () => "192.0.2.1");
    await expect.poll(() => statusOf(honest, PART), WITHIN).toBe(202);
    const answered = () => all.filter((one) => /HTTP\/1\.[01] 408 /.test(one.received()));
    await expect.poll(() => answered().length, WITHIN).toBeGreaterThan(0);
    await expect.poll(() => answered().every((one) => one.isClosed()), WITHIN).toBe(true);
    expect(answered()[0]?.received()).toMatch(/retry-after: \d+[\s\S]*upload_too_slow/i);
    await end(all);
  }
});

test("uploads of many addresses that stall or drip are ended for an honest body", async () => {
  const all = await stall(
    (from) => body(head("x", promised, by(from))),
    (n) => `2001:db8:0:${n}::1`,
  );
  const dripping = flow(all.slice(5), 1, 20);
  await expect.poll(() => statusOf("192.0.2.1", PART), WITHIN).toBe(202);
  for (let n = 0; n < 5; n++)
    await expect.poll(() => statusOf("192.0.2.1", PART), WITHIN).toBe(202);
  dripping.stop();
  await end(all);
});

test("a sender with fast uploads is ended for one that holds less memory, and never the reverse", async () => {
  const all = await stall(
    (from) => body(head("x", promised, by(from))),
    () => "198.51.100.1",
  );
  const fast = flow(all, 50, 5);
  expect(await statusOf("192.0.2.1", PART)).toBe(202);
  // A sender that holds more than its share waits for its own uploads.
  const modest = await rawClient(
    app.url,
    body(head("x", "Content-Length: 100000", by("192.0.2.2"))),
  );
  const rest = flow([modest], 1, 50);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const more = await rawClient(
    app.url,
    Buffer.concat([Buffer.from(head("x", promised, by("198.51.100.1"))), Buffer.alloc(BUDGET)]),
  );
  await expect.poll(() => more.received(), WITHIN).toMatch(/^HTTP\/1\.1 503 /);
  modest.socket.write(Buffer.alloc(100_000 - PART.length - rest.stop()));
  await expect.poll(() => modest.received(), WITHIN).toMatch(/^HTTP\/1\.1 202 /);
  fast.stop();
  await end([...all, modest, more]);
});

test("bytes that were announced and not sent take no memory", async () => {
  const all = await Promise.all(
    Array.from({ length: 50 }, () => rawClient(app.url, `${head("x", promised)}a`)),
  );
  await expect.poll(receiving, WITHIN).toBe(50);
  expect(await statusOf("192.0.2.1", Buffer.alloc(900_000))).toBe(202);
  await end(all);
});

test("decoded bytes take memory, and a body without memory is refused and not stored", async () => {
  const flowing = await rawClient(
    app.url,
    Buffer.concat([Buffer.from(head("x", promised, by("192.0.2.1"))), Buffer.alloc(600_000, "a")]),
  );
  const fast = flow([flowing], 500, 10);
  await expect.poll(receiving, WITHIN).toBeGreaterThanOrEqual(600_000);
  const packed = gzipSync(Buffer.alloc(700_000));
  const inside = gzipSync(gzipSync(Buffer.concat([randomBytes(100), Buffer.alloc(700_000)])));
  for (const [encoding, bytes] of [
    ["gzip", packed],
    ["gzip, gzip", inside],
  ] as const) {
    const refused = await push("192.0.2.1", bytes, { "content-encoding": encoding });
    expect(refused.status, encoding).toBe(503);
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
  }
  const small = gzipSync(Buffer.alloc(100_000));
  const taken = await push("192.0.2.1", small, { "content-encoding": "gzip" });
  expect(taken.status).toBe(202);
  fast.stop();
  await end([flowing]);
  const alone = await push("192.0.2.1", gzipSync(Buffer.alloc(3_000_000)), {
    "content-encoding": "gzip",
  });
  expect(alone.status).toBe(202);
  await expect.poll(receiving, WITHIN).toBe(0);
});

test("a body that arrives slower than the minimum rate is refused", async () => {
  for (const one of slow) {
    await expect.poll(() => one.isClosed(), WITHIN).toBe(true);
    expect(one.received()).toMatch(/HTTP\/1\.[01] 408 [\s\S]*upload_too_slow/);
  }
  drip.stop();
  steady.socket.write(Buffer.alloc(100_000 - stream.stop()));
  await expect.poll(() => steady.received(), WITHIN).toMatch(/^HTTP\/1\.1 202 /);
  expect(
    await metricValue(roomy.url, "hookyard_overload_refusals_total", { reason: "slow_upload" }),
  ).toBe(SLOW.length);
});
