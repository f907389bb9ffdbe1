/** Leftovers of a script, in promises or variables, reach no other script and no other message. */

import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import type { Json } from "../support/json.ts";
import { metricValue } from "../support/metric-values.ts";
import { SharedApp } from "../support/shared-app.ts";
import {
  fn,
  idIn,
  type MessageView,
  type ScriptFolder,
  type TestApp,
} from "../support/test-app.ts";

const SECRET = "the secret of GitHub's webhook";
const shared = new SharedApp({ GITHUB_WEBHOOK_SECRET: SECRET });
const DROPPED = "hookyard_sandbox_reports_dropped_total";

const PUSH = JSON.stringify({ ref: "refs/heads/main", commits: [], repository: { id: 1 } });
const github = { "x-github-event": "push", "content-type": "application/json" };
const signed = {
  ...github,
  "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(PUSH).digest("hex")}`,
};

async function sent(
  app: TestApp,
  headers: Readonly<Record<string, string>>,
  body = PUSH,
): Promise<MessageView> {
  return app.ended(await idIn(await app.send("x", { headers, body })));
}

/**
 * Hangs in one step of the primed messages, and resolves the promises that it kept when it gets a push of GitHub, after
 * its own result, so that the report of the earlier call would arrive last.
 */
const keeping = (step: string, value: string): ScriptFolder => ({
  json: { priority: 1, verification: "enforce" },
  script: `const kept = [];
const hang = { then(resolve, reject) { kept.push(resolve, reject); } };
const late = async (go) => { for (let turn = 0; turn < 100; turn++) await null; go(); };
const step = ${JSON.stringify(step)};
const isPrimed = (event) => event.headers["x-prime"] !== undefined;
export default (event) => {
  if (isPrimed(event)) return step === "default" ? hang : true;
  late(() => { for (const resolve of kept.splice(0)) resolve(${value}); });
  return false;
};
export const verify = () => (step === "verify" ? hang : true);
export const handshake = () => (step === "handshake" ? hang : undefined);
export const deliveryId = () => (step === "deliveryId" ? hang : "one");
export const eventType = () => (step === "eventType" ? hang : "one");
`,
});

test.each([
  ["default", "true"],
  ["default", "false"],
  ["verify", "true"],
  ["verify", "{ ok: true }"],
  ["handshake", '{ status: 200, body: "forged" }'],
  ["deliveryId", '"forged"'],
  ["eventType", '"forged"'],
])(
  "a promise of %s that is resolved with %s in a later asking decides nothing",
  async (step, value) => {
    const app = await shared.with({
      providers: { hostile: keeping(step, value), github: "shipped" },
      functions: {
        pushed: { json: { provider: "github", uri: "x" }, script: "export default () => 1;" },
      },
    });
    for (const headers of [signed, github]) {
      for (let round = 0; round < 2; round++) await sent(app, { "x-prime": "1", ...signed });
      const view = await sent(app, { ...headers, "x-github-delivery": crypto.randomUUID() });
      expect(view.trace.map(({ provider, matched }) => [provider, matched])).toEqual([
        ["hostile", false],
        ["github", true],
      ]);
      const isSigned = headers === signed;
      expect(view.provider).toBe("github");
      expect(view.verification?.result).toBe(isSigned ? "ok" : "failed");
      expect([view.status, view.eventType]).toEqual([isSigned ? "SUCCESS" : "REJECTED", "push"]);
    }
  },
);

test("no match script sees a change by another, and each has its own failures in the trace", async () => {
  const changing = `try { globalThis.left = 1; } catch {}
try { Object.prototype.polluted = true; } catch {}
try { RegExp.prototype.exec = () => null; } catch {}
export default (event) => {
  event.headers["x-added"] = "1";
  event.payload.ref = "changed";
  Reflect.setPrototypeOf(event.payload, null);
  return false;
};`;
  const looking = `export default (event, ctx) => {
  ctx.log.info(JSON.stringify([typeof left, {}.polluted, /a/.test("a"), event.headers["x-added"], event.payload.ref, Object.getPrototypeOf(event.payload) === Object.prototype]));
  return true;
};`;
  const app = await shared.with({
    providers: {
      changing: { json: { priority: 1 }, script: changing },
      looking: { json: { priority: 2 }, script: looking },
    },
  });
  for (let round = 0; round < 2; round++) {
    const { trace } = await sent(app, { "content-type": "application/json" });
    expect(trace[1]?.logs?.map(({ text }) => text)).toEqual([
      JSON.stringify(["undefined", undefined, true, undefined, "refs/heads/main", true]),
    ]);
  }
});

test("a script that keeps the event of another message cannot read the current body through it", async () => {
  const script = `let kept;
export default (event, ctx) => {
  if (kept === undefined) { kept = event; return false; }
  for (const key of ["payload", "rawBody"])
    try { ctx.log.info(String(JSON.stringify(kept[key]))); } catch (error) { ctx.log.info(error.message); }
  return false;
};`;
  const app = await shared.with({ providers: { keeps: { json: { priority: 1 }, script } } });
  await sent(app, {}, "first");
  const { trace } = await sent(app, {}, "second");
  const lines = trace[0]?.logs?.map(({ text }) => text) ?? [];
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toContain("this event is of an earlier run");
});

test("a script that fills its heap is stopped alone: the others stay warm, and only its entry has the failure", async () => {
  const counting =
    "let asked = 0;\nexport default (event, ctx) => { ctx.log.info(++asked); return false; };";
  const filling = `const kept = [];
export default (event) => { if (event.headers["x-fill"] !== undefined) for (;;) kept.push(new Array(10000).fill(1)); return false; };`;
  const app = await shared.with({
    providers: {
      counting: { json: { priority: 1 }, script: counting },
      filling: { json: { priority: 2 }, script: filling },
    },
  });
  await sent(app, {});
  const { trace } = await sent(app, { "x-fill": "1" });
  expect(trace[0]?.error).toBeUndefined();
  // A busy machine may need longer to fill the heap than the time limit of the script.
  expect(trace[1]?.error?.kind).toBeOneOf(["MEMORY_LIMIT", "CPU_LIMIT"]);
  const after = await sent(app, {});
  expect(after.trace.map(({ error }) => error)).toEqual([undefined, undefined]);
  expect(after.trace[0]?.logs?.map(({ text }) => text)).toEqual(["3"]);
});

const KEEPING_CTX = `const kept = {};
let runs = 0;
const tried = async (what) => {
  try { await what(); return "done"; } catch (error) { return error.message; }
};
export default async (event, ctx) => {
  runs += 1;
  if (kept.ctx === undefined) { kept.ctx = ctx; kept.log = ctx.log; kept.kv = ctx.kv; kept.http = ctx.http; return runs; }
  const old = kept.ctx;
  return [
    runs,
    await tried(() => old.setMessage("forged")),
    await tried(() => old.respond({ status: 299, body: "forged" })),
    await tried(() => old.skip("forged")),
    await tried(() => old.retryAfter(1)),
    await tried(() => old.sleep(1)),
    await tried(() => old.kv.set("forged", 1)),
    await tried(() => kept.kv.increment("forged")),
    await tried(() => kept.http.fetch("http://127.0.0.1:1/")),
    await ctx.kv.get("forged"),
    old.idempotencyKey === ctx.idempotencyKey,
  ];
};`;

const sync = { "flex-sync-webhook": "true" };

test("the ctx of an earlier run does nothing for a later run of the same warm function", async () => {
  const app = await shared.with({
    providers: { anything: { json: { priority: 1 }, script: "export default () => true;" } },
    functions: { keeps: fn("x", KEEPING_CTX) },
  });
  await sent(app, sync);
  const { executions } = await sent(app, sync);
  const result = executions[0]?.result;
  const refused = expect.stringContaining("this ctx is of an earlier run");
  const ignored = Array.from({ length: 4 }, () => "done");
  expect(result).toEqual([2, ...ignored, ...Array.from({ length: 4 }, () => refused), null, false]);
  expect(executions[0]).toMatchObject({ status: "SUCCESS", message: null });
});

test("a late log line of an earlier run is dropped and counted, and the isolate is discarded", async () => {
  const script = `let old;
let runs = 0;
export default (event, ctx) => {
  runs += 1;
  if (old === undefined) old = ctx.log;
  else old.info("of an earlier run");
  ctx.log.info("of this run");
  return runs;
};`;
  const app = await shared.with({
    providers: { anything: { json: { priority: 1 }, script: "export default () => true;" } },
    functions: { keeps: fn("x", script) },
  });
  const before = await metricValue(app.url, DROPPED);
  const results: unknown[] = [];
  for (let round = 0; round < 3; round++) {
    const [execution] = (await sent(app, sync)).executions;
    results.push(execution?.result);
    expect(execution?.logs.map(({ text }) => text)).toEqual(["of this run"]);
  }
  expect(results).toEqual([1, 2, 1]);
  expect((await metricValue(app.url, DROPPED)) - before).toBe(1);
});

test("a promise that an earlier run kept settles nothing in a later run", async () => {
  const script = `let kept;
export default async (event, ctx) => {
  if (event.headers["x-prime"] !== undefined) {
    new Promise((resolve) => { kept = resolve; }).then(() => { ctx.respond({ status: 299, body: "forged" }); ctx.setMessage("forged"); ctx.log.info("forged"); });
    return "primed";
  }
  kept?.();
  await ctx.sleep(1);
  return "mine";
};`;
  const app = await shared.with({
    providers: { anything: { json: { priority: 1 }, script: "export default () => true;" } },
    functions: { keeps: fn("x", script) },
  });
  await sent(app, { ...sync, "x-prime": "1" });
  const response = await app.send("x", { headers: sync, body: PUSH });
  expect(response.status).toBe(200);
  const [execution] = (await app.ended(await idIn(response))).executions;
  expect(execution?.logs).toEqual([]);
  expect(execution?.message).toBeNull();
});

async function call(app: TestApp, path: string, body?: object): Promise<Json> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await app.api(path, init);
  expect(response.ok, await response.clone().text()).toBe(true);
  return response.json();
}

/** `label` separates isolates that would otherwise be shared. */
const countingMatch = (label: string) => `let asked = 0;
export default () => { asked += 1; return true; };
export const eventType = () => String(asked);
// ${label}`;
const countingFunction = (label: string) =>
  `let runs = 0;\nexport default () => ++runs;\n// ${label}`;

const startCounting = (label: string) =>
  shared.with({
    providers: { anything: { json: { priority: 1 }, script: countingMatch(label) } },
    functions: { count: fn("x", countingFunction(label)) },
  });

/** The number of runs of the live scripts, as they count it themselves. */
async function counted(app: TestApp): Promise<readonly unknown[]> {
  const { eventType, executions } = await sent(app, sync);
  return [eventType, executions[0]?.result];
}

test.each(["record", "perform"])(
  "a test run of a live script (effects: %s) shares no variables with live runs",
  async (effects) => {
    const app = await startCounting(effects);
    expect(await counted(app)).toEqual(["1", 1]);
    const messageId = (await sent(app, sync)).id;
    for (let round = 0; round < 2; round++) {
      const ofFunction = await call(app, "/test-runs", {
        function: "count",
        script: countingFunction(effects),
        messageId,
        effects,
      });
      expect(ofFunction.result).toBe(1);
      const ofProvider = await call(app, "/test-runs", {
        provider: "anything",
        script: countingMatch(effects),
        messageId,
      });
      expect(ofProvider.eventType).toBe("1");
    }
    expect(await counted(app)).toEqual(["3", 3]);
  },
);

test("each message of a backtest runs scripts in their freshly loaded state", async () => {
  const app = await startCounting("backtest");
  for (let n = 0; n < 3; n++) await sent(app, sync);
  const once =
    "let runs = 0;\nexport default () => { if (++runs > 1) throw new Error('left'); return 1; };";
  const { id } = await call(app, "/backtests", {
    filter: { uri: "x" },
    last: 3,
    providers: [{ name: "anything", script: countingMatch("draft") }],
    functions: [{ name: "count", script: once }],
  });
  await expect
    .poll(async () => (await call(app, `/backtests/${id}`)).state, { timeout: 60_000 })
    .toBe("DONE");
  const { done, summary } = await call(app, `/backtests/${id}`);
  expect(done).toBe(3);
  expect(summary).toMatchObject({ changed: 0, failing: 0, unsteady: 0 });
});
