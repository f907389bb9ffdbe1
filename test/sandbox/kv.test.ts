/** `ctx.kv`: values that a function keeps from run to run. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ANYTHING, fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const providers = { anything: ANYTHING };

/** Runs the code in its body with `kv` in scope. Each call is a separate run. */
const SCRIPT = `
const steps = {
  roundTrip: async (kv) => {
    await kv.set("a", { list: [1, "zwei", null] });
    return [await kv.get("a"), await kv.delete("a"), await kv.delete("a"), (await kv.get("a")) === undefined];
  },
  remember: (kv) => kv.set("kept", 42),
  recall: (kv) => kv.get("kept"),
  compareAndSet: async (kv) => [
    await kv.set("cas", 1, { expected: undefined }),
    await kv.set("cas", 2, { expected: undefined }),
    await kv.set("cas", 3, { expected: 1 }),
    await kv.set("cas", 4, { expected: 1 }),
    await kv.get("cas"),
  ],
  increment: async (kv) => [await kv.increment("n"), await kv.increment("n", 5), await kv.increment("n", -10)],
  incrementText: async (kv) => { await kv.set("t", "x"); return kv.increment("t"); },
  expire: async (kv, ctx) => {
    await kv.set("short", 1, { ttlSeconds: 0.5 });
    const before = await kv.get("short");
    await ctx.sleep(600);
    return [before, (await kv.get("short")) === undefined, await kv.set("short", 2, { expected: undefined })];
  },
  tooLong: (kv) => kv.set("k".repeat(600), 1),
  tooLarge: (kv) => kv.set("large", "x".repeat(70_000)),
  tooMany: async (kv) => { for (let i = 0; i <= 1000; i++) await kv.set("k" + i, i); },
  proto: async (kv) => { await kv.set("__proto__", { a: 1 }); return [await kv.get("__proto__"), ({}).a === undefined]; },
  badKey: (kv) => kv.get(7),
  badValue: (kv) => kv.set("f", () => 1),
  count: (kv) => kv.increment("count"),
};
export default (event, ctx) => steps[event.payload.step](ctx.kv, ctx);
`;

async function step(app: TestApp, uri: string, name: string) {
  const body = JSON.stringify({ step: name });
  const response = await app.send(uri, { headers: { "flex-sync-webhook": "true" }, body });
  return (await app.ended(await idIn(response))).executions[0];
}

const functions = Object.fromEntries(
  ["one", "two", "full"].map((name) => [name, fn(name, SCRIPT, { hostCalls: 2000 })]),
);
const startKv = (folder?: string) =>
  startTestApp({ providers, functions, ...(folder === undefined ? {} : { folder }) });

let shared: TestApp;
beforeAll(async () => {
  shared = await startKv();
});
afterAll(() => shared[Symbol.asyncDispose]());

test.each([
  ["roundTrip", [{ list: [1, "zwei", null] }, true, false, true]],
  ["compareAndSet", [true, false, true, false, 3]],
  ["increment", [1, 6, -4]],
  ["expire", [1, true, true]],
  ["proto", [{ a: 1 }, true]],
])("%s", async (name, expected) => {
  expect(await step(shared, "one", name)).toMatchObject({ status: "SUCCESS", result: expected });
});

test.each([
  ["tooLong", "HOST_LIMIT", "at most 512"],
  ["tooLarge", "HOST_LIMIT", "at most 65536"],
  ["tooMany", "HOST_LIMIT", "1000 keys"],
  ["incrementText", "SCRIPT_ERROR", "no whole number"],
  ["badKey", "SCRIPT_ERROR", "a text without lone surrogates was expected"],
  ["badValue", "SCRIPT_ERROR", "a value that JSON can represent"],
])("%s is refused, saying what is allowed, at the script's own line", async (name, kind, text) => {
  // A function that has filled its own space does not affect others.
  const execution = await step(shared, name === "tooMany" ? "full" : "one", name);
  expect(execution?.error).toMatchObject({ kind, message: expect.stringContaining(text) });
  const line = SCRIPT.split("\n").findIndex((row) => row.includes(`${name}: `)) + 1;
  expect(execution?.error?.line).toBe(line);
});

test("each function has its own values, and they survive a restart", async () => {
  await using first = await startKv();
  await step(first, "one", "remember");
  expect(await step(first, "two", "recall")).toMatchObject({ status: "SUCCESS", result: null });
  await first.app[Symbol.asyncDispose]();
  await using second = await startKv(first.folder);
  expect((await step(second, "one", "recall"))?.result).toBe(42);
});

test("increments of concurrent runs are all counted", async () => {
  const results = await Promise.all(
    Array.from({ length: 40 }, async () => (await step(shared, "one", "count"))?.result),
  );
  expect(results.toSorted((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 40 }, (_, index) => index + 1),
  );
});
