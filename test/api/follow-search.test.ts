/** Clients follow messages by text: matches are found, and the main thread does not search. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdsText } from "../../src/store/search/searched-text.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

const FOLLOWERS = 10;
const MESSAGES = 8;
/** Four megabytes of text that compress to four kilobytes. */
const PACKED = gzipSync(`needle-3 ${"a".repeat(4_000_000)}`, { level: 9 });

let app: TestApp;
const ended = new AbortController();

beforeAll(async () => {
  app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: { one: fn("x", "export default () => 1;") },
  });
});
afterAll(async () => {
  ended.abort();
  await app[Symbol.asyncDispose]();
});

/** Collects the chunks of a stream. */
async function follow(query: string): Promise<() => string> {
  const response = await fetch(`${app.url}/api/v1/messages/events?${query}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
    signal: ended.signal,
  });
  expect(response.status).toBe(200);
  let streamed = "";
  void (async () => {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? [])
      streamed += chunk;
  })().catch(() => undefined);
  return () => streamed;
}

const sendPacked = async () => {
  const headers = { "content-encoding": "gzip", "content-type": "text/plain" };
  return await idIn(await app.send("x", { body: PACKED, headers }));
};

test("the main thread does not decompress a message for each client that follows", async () => {
  const streams = await Promise.all(
    Array.from({ length: FOLLOWERS - 1 }, (_, n) => follow(`q=needle-${n}`)),
  );
  const all = await follow("uri=x");
  // The first message starts threads and loads code.
  const first = await sendPacked();
  await expect.poll(() => streams[3]?.()).toContain(`event: ended`);
  const headers = JSON.stringify([["content-encoding", "gzip"]]);
  const unpack = () => holdsText(headers, PACKED, "needle-3");
  expect(unpack()).toBe(true);
  const alone = cpuOf(() => Array.from({ length: 5 }, unpack)) / 5;
  const before = process.threadCpuUsage();
  const ids = [first];
  for (let n = 0; n < MESSAGES; n++) ids.push(await sendPacked());
  await expect.poll(() => ids.every((id) => (streams[3]?.().split(id).length ?? 0) > 2)).toBe(true);
  const { user, system } = process.threadCpuUsage(before);
  // Each message is searched when it is accepted and when it has ended.
  const ifUnpackedHere = alone * (FOLLOWERS - 1) * MESSAGES * 2;
  expect((user + system) / ifUnpackedHere).toBeLessThan(0.35);
  for (const id of ids) expect(all()).toContain(id);
  for (const [n, streamed] of streams.entries())
    if (n !== 3) expect(streamed()).not.toContain("event:");
});

function cpuOf(run: () => unknown): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}
