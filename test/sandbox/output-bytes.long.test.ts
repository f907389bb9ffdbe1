/** Output of runs is counted in bytes of UTF-8 inside the run. A run with too much output ends, and other runs are not affected. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ANYTHING,
  fn,
  idIn,
  type MessageView,
  startTestApp,
  type TestApp,
} from "../support/test-app.ts";

const generous = {
  outputKb: 4096,
  logKb: 1024,
  memoryMb: 256,
  cpuMs: 60_000,
  hostCallsAtOnce: 1,
  http: { allow: ["http://127.0.0.1:9"], privateNetworks: ["127.0.0.0/8"] },
};
const HAN = "'\\u754c'";

/** By name: the code of a function, and how it ends. */
const CASES = {
  "returns six million": [`return ${HAN}.repeat(6e6)`, "OUTPUT_LIMIT"],
  "returns a little too much": [`return ${HAN}.repeat(1_400_000)`, "OUTPUT_LIMIT"],
  "returns what it may": [`return ${HAN}.repeat(1_390_000)`, "SUCCESS"],
  "returns what JSON escapes": ["return '\\u0001'.repeat(690_000)", "SUCCESS"],
  "returns what JSON escapes to too much": ["return '\\u0001'.repeat(700_000)", "OUTPUT_LIMIT"],
  "returns half characters": ["return '\\ud83d'.repeat(690_000)", "SUCCESS"],
  "returns quotes in quotes": [
    "return JSON.stringify(JSON.stringify('\"'.repeat(500_000)))",
    "SUCCESS",
  ],
  "sends six million": [
    `await ctx.http.fetch("http://127.0.0.1:9/", { method: "POST", body: ${HAN}.repeat(6e6) })`,
    "HOST_LIMIT",
  ],
  "sends what JSON escapes": [
    `await ctx.http.fetch("http://127.0.0.1:9/", { method: "POST", body: "\\u0001".repeat(2e6) })`,
    "HOST_LIMIT",
  ],
  "asks for much at once": [
    `await Promise.all(Array.from({ length: 20 }, () => ctx.kv.set("k", "x".repeat(7e6))))`,
    "HOST_LIMIT",
  ],
  "keeps six million": [`await ctx.kv.set("k", ${HAN}.repeat(6e6))`, "HOST_LIMIT"],
  "keeps a little too much": [`await ctx.kv.set("k", ${HAN}.repeat(22_000))`, "HOST_LIMIT"],
  "keeps what it may": [`await ctx.kv.set("k", ${HAN}.repeat(21_000))`, "SUCCESS"],
  "has too long a key": [`await ctx.kv.set(${HAN}.repeat(171), 1)`, "HOST_LIMIT"],
  "answers too much": [`ctx.respond({ body: ${HAN}.repeat(100_000) })`, "OUTPUT_LIMIT"],
  "answers what it may": [`ctx.respond({ body: ${HAN}.repeat(87_000) })`, "SUCCESS"],
  "answers with too long a header": [
    'ctx.respond({ headers: { "x-a": "x".repeat(8190) } })',
    "OUTPUT_LIMIT",
  ],
  "answers with too many headers": [
    "ctx.respond({ headers: Object.fromEntries(Array.from({ length: 20 }, (_, n) => ['x-' + n, 'x'.repeat(8000)])) })",
    "OUTPUT_LIMIT",
  ],
  "throws six million": [`throw new Error(${HAN}.repeat(6e6))`, "SCRIPT_ERROR"],
  "says six million": [
    `ctx.setMessage(${HAN}.repeat(6e6)); ctx.skip(${HAN}.repeat(6e6))`,
    "FILTERED",
  ],
  "logs six million": [
    `for (let n = 0; n < 300; n++) ctx.log.info(n % 2 ? ${HAN}.repeat(20_000) : "\\u0001".repeat(20_000))`,
    "SUCCESS",
  ],
} as const;
const names = Object.keys(CASES) as readonly (keyof typeof CASES)[];
const uriOf = (name: string) => name.replaceAll(" ", "-").toLowerCase();

let app: TestApp;
beforeAll(async () => {
  const functions = Object.entries(CASES).map(([name, [code]]) => [
    uriOf(name),
    fn(uriOf(name), `export default async (event, ctx) => { ${code} };`, generous),
  ]);
  const waits = `export default async (event, ctx) => {
    if (event.payload.end) return ctx.kv.set("end", true);
    while (!(await ctx.kv.get("end"))) await ctx.sleep(50);
    return "waited";
  };`;
  app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: {
      ...Object.fromEntries(functions),
      waits: fn("waits", waits, { hostCalls: 10_000, timeoutMs: 300_000 }),
    },
  });
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

async function runOf(uri: string): Promise<MessageView["executions"][number]> {
  const message = await app.ended(await idIn(await app.send(uri)));
  const [execution] = message.executions;
  if (execution === undefined) throw new Error(`no function ran: ${JSON.stringify(message)}`);
  return execution;
}

test("a run with too much output ends alone, and another run in its process runs once", {
  timeout: 120_000,
}, async () => {
  const pids = app.app.sandboxPids();
  const neighbour = await idIn(await app.send("waits"));
  const ends: (readonly [string, string, number])[] = [];
  for (const name of names) {
    const { status, error, attempts } = await runOf(uriOf(name));
    ends.push([name, error?.kind ?? status, attempts.length]);
  }
  expect(ends).toEqual(names.map((name) => [name, CASES[name][1], 1]));
  await app.send("waits", { body: '{"end":true}' });
  const { executions } = await app.ended(neighbour);
  expect(executions[0]).toMatchObject({ result: "waited", attempts: [{ number: 1 }] });
  expect(app.app.sandboxPids()).toEqual(pids);
});

test("the error has the found size and the limit in bytes, with its setting", async () => {
  expect((await runOf("returns-a-little-too-much")).error?.message).toBe(
    "the result has 4200002 bytes as JSON, at most 4194304 are kept (outputKb)",
  );
  expect((await runOf("sends-six-million")).error?.message).toMatch(
    /^a host call has 18000\d+ bytes, at most 8388608 are sent$/,
  );
  expect((await runOf("keeps-a-little-too-much")).error?.message).toContain("66002 bytes as JSON");
});

test("texts are cut by their bytes, and a log as a whole", async () => {
  const said = await runOf("says-six-million");
  expect(Buffer.byteLength(said.message ?? "")).toBe(498);
  const thrown = await runOf("throws-six-million");
  expect(Buffer.byteLength(thrown.error?.message ?? "")).toBe(8190);
  const { logs } = await runOf("logs-six-million");
  expect(logs.at(-1)?.text).toMatch(/^\d+ further log lines were cut: .* 1048576 bytes \(logKb\)$/);
  expect(logs[1]?.text).toMatch(/界… \(cut: the line has 20000 characters\)$/);
  const bytes = Buffer.byteLength(JSON.stringify(logs));
  expect(bytes).toBeGreaterThan(900_000);
  expect(bytes).toBeLessThan(1_100_000);
});
