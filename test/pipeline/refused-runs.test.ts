/** Early runs of functions for a message that was refused, was a duplicate, or took long to store. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { fullDisk, slowDisk } from "../support/storage-troubles.ts";
import { ANYTHING, fn, idIn, type TestApp } from "../support/test-app.ts";

const parallel = new SharedApp({ HOOKYARD_SANDBOX_PROCESSES: "2" });

/** This provider matches everything, and `x-id` is the delivery id. */
const ONCE = {
  json: { priority: 1, dedupe: 60 },
  script: `export default () => true;
    export const deliveryId = (event) => event.headers["x-id"];`,
};

/** Far longer than any of these tests: a test that waits for the end of a run fails. */
const FOR_LONG = { timeoutMs: 120_000 };

const endedNow = async (app: TestApp, uri: string, headers: Record<string, string> = {}) =>
  app.ended(await idIn(await app.send(uri, { headers })));

test("a run of a refused message is ended, whatever its script does, and its memory goes to the next run", async () => {
  const stubborn = `export default async (event, ctx) => {
    for (;;) try { return await ctx.kv.increment("runs"); } catch { await ctx.sleep(60_000); }
  };`;
  const functions = { stubborn: fn("x", stubborn, { ...FOR_LONG, concurrency: 1 }) };
  const app = await parallel.with({ providers: { anything: ANYTHING }, functions });
  await endedNow(app, "x");
  {
    using _ = fullDisk(app.folder);
    expect((await app.send("x")).status).toBe(503);
  }
  expect(await endedNow(app, "x")).toMatchObject({ executions: [{ result: 2 }] });
});

test("many simultaneous duplicates delay no other message", async () => {
  const sleeps = "export default (event, ctx) => ctx.sleep(Number(event.rawBody));";
  const functions = { sleeps: fn("x", sleeps, { ...FOR_LONG, concurrency: 4 }) };
  const app = await parallel.with({ providers: { anything: ONCE }, functions });
  const copy = { body: "60000", headers: { "x-id": "again and again" } };
  await Promise.all(Array.from({ length: 12 }, () => app.send("x", copy)));
  const { items } = (await (await app.api("/messages?status=DUPLICATE")).json()) as {
    items: readonly unknown[];
  };
  expect(items).toHaveLength(11);
  const others = Array.from({ length: 8 }, (_, index) => ({ "x-id": `other ${index}` }));
  const ended = await Promise.all(others.map((headers) => endedNow(app, "x", headers)));
  expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(["SUCCESS"]));
});

test("variables of scripts keep nothing of a refused message", async () => {
  const once = `const seen = new Set();
    export default (event) => seen.size === seen.add(event.rawBody).size;`;
  const functions = { once: fn("x", once, { concurrency: 1 }) };
  const app = await parallel.with({ providers: { anything: ANYTHING }, functions });
  const send = (body: string) => app.send("x", { body });
  const isKnown = async (body: string) => {
    const { executions } = await app.ended(await idIn(await send(body)));
    return executions[0]?.result;
  };
  expect(await isKnown("stored")).toBe(false);
  expect(await isKnown("stored")).toBe(true);
  {
    using _ = fullDisk(app.folder);
    expect((await send("refused")).status).toBe(503);
  }
  expect(await isKnown("refused")).toBe(false);
});

test("a run that times out while storing takes long runs again, and its side effects happen once", async () => {
  const counts = 'export default (event, ctx) => ctx.kv.increment("runs");';
  const functions = { counts: fn("x", counts, { timeoutMs: 500, retry: { maxAttempts: 1 } }) };
  const app = await parallel.with({ providers: { anything: ANYTHING }, functions });
  await endedNow(app, "x");
  const slow = slowDisk(app.folder);
  const sending = app.send("x");
  await sleep(900);
  slow[Symbol.dispose]();
  const { executions } = await app.ended(await idIn(await sending));
  expect(executions).toMatchObject([{ status: "SUCCESS", result: 2 }]);
  expect(await endedNow(app, "x")).toMatchObject({ executions: [{ result: 3 }] });
});
