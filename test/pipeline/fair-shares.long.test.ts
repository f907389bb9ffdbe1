/** Functions that sleep, also with large messages and a long backlog, leave slots and memory to other functions. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { childrenOf } from "../support/server-process.ts";
import {
  CALM_WITHIN_MS,
  expectAsIdle,
  fill,
  LARGE_BYTES,
  LARGE_MESSAGES,
  MANY,
  post,
  residentBytes,
  restart,
  resubmit,
  resultOf,
  server,
  useServer,
} from "./fair-shares.ts";

useServer();

test("large messages to a sleeping function take no memory, and delay no other function", {
  timeout: 120_000,
}, async () => {
  const body = Buffer.alloc(LARGE_BYTES, "x");
  const send = async (count: number) => {
    for (let n = 0; n < count; n++) expect((await post("one/a", body, false)).status).toBe(202);
    await expectAsIdle("other/quick", "one/quick", "many/quick");
    return residentBytes();
  };
  // The memory that receiving and matching a large message takes.
  const before = await send(3);
  expect((await send(LARGE_MESSAGES)) - before).toBeLessThan((LARGE_MESSAGES * LARGE_BYTES) / 2);
  // This message is as large as those that sleep.
  const response = await post("other/quick", body, true);
  expect([response.status, ((await response.json()) as { status: string }).status]).toEqual([
    200,
    "SUCCESS",
  ]);
});

test("a function that reads a large body after a wait gets its own body, also when its process died", {
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

test("fifty functions of one provider leave slots to another provider, and to each other", {
  timeout: 120_000,
}, async () => {
  const uris = Array.from({ length: MANY }, (_, n) => `many/${n}`);
  await fill(uris, 12);
  await expectAsIdle("other/quick", "one/quick", "many/quick");
});

test("after a restart with a long backlog, and during five hundred resubmissions, pushes are answered as fast as before", {
  timeout: 120_000,
}, async () => {
  await restart();
  await expectAsIdle("other/quick", "one/quick", "many/quick");
  await fill(["other/again"], 500);
  const request = { status: "SUCCESS", uri: "other/again" };
  await expect.poll(() => resubmit({ ...request, dryRun: true }), { timeout: 30_000 }).toBe(500);
  const resubmitted = resubmit(request);
  await expectAsIdle("other/quick", "one/quick", "many/quick");
  expect(await resubmitted).toBe(500);
  await expectAsIdle("other/quick", "one/quick", "many/quick");
});
