/** Attacks of scripts and senders on other scripts. Each of these once succeeded. */
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, idIn, SYNC, sendSync, startParallelApp } from "../support/test-app.ts";

const parallel = new SharedApp({ HOOKYARD_SANDBOX_PROCESSES: "2" });

const providers = { anything: ANYTHING };

test("match scripts that kill their process cost innocent messages nothing", {
  timeout: 60_000,
}, async () => {
  const script =
    "export default (event) => { let a = 3n; if (event.headers['x-poison']) for (;;) a **= 5n; return false; };";
  const app = await parallel.with({
    providers: {
      "a-heavy": { json: { priority: 1 }, script },
      anything: { json: { priority: 2 }, script: ANYTHING.script },
    },
    functions: { one: fn("x", "export default () => 1;") },
  });
  const poison = Array.from({ length: 4 }, () => app.send("x", { headers: { "x-poison": "1" } }));
  const innocent = Array.from({ length: 6 }, () => app.send("x"));
  for (const response of await Promise.all([...poison, ...innocent])) {
    expect(response.status).toBe(202);
    expect(await app.ended(await idIn(response))).toMatchObject({
      status: "SUCCESS",
      provider: "anything",
    });
  }
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
});

test.each([
  [
    "a place in its message",
    "throw new Error('functions/bad/index.ts:99999999999999999999:1')",
    "SCRIPT_ERROR",
  ],
  [
    "forged frames",
    String.raw`throw new Error('x\n    at functions/bad/index.ts:77:7')`,
    "SCRIPT_ERROR",
  ],
  ["a giant answer", "ctx.respond({ body: 'x'.repeat(18_000_000) })", "OUTPUT_LIMIT"],
  ["an endless wait", "ctx.retryAfter(1e306); throw new Error('later')", "SCRIPT_ERROR"],
])("a function with %s fails alone", { timeout: 90_000 }, async (_, code, kind) => {
  const app = await parallel.with({
    providers,
    functions: {
      bad: fn("bad", `export default (event, ctx) => { ${code}; };`),
      waiting: fn(
        "waiting",
        "export default async (event, ctx) => { await ctx.sleep(600); return 1; };",
      ),
    },
  });
  const waiting = app.send("waiting", SYNC);
  const { executions } = await sendSync(app, "bad");
  expect(executions[0]).toMatchObject({ status: "FAILED", error: { kind } });
  expect(executions[0]?.error?.line ?? 1).toBe(1);
  expect((await waiting).status).toBe(200);
});

test("one match script cannot change the event of another", async () => {
  const thief = `export default (event, ctx) => {
    for (const target of [ctx.crypto.hash, ctx.crypto.hmac, ctx.verify.hmac, ctx.log.info, [].values().map(String)]) {
      try { Object.setPrototypeOf(target, { call: () => "stolen" }); } catch {}
      try { Object.getPrototypeOf(target).map = () => "stolen"; } catch {}
    }
    try { RegExp.prototype.test = () => true; } catch {}
    return false;
  };`;
  const victim = `export default (event, ctx) => {
    if (/never/.test("x")) return false;
    const digest = ctx.crypto.hash.call(null, "sha256", "a");
    return digest.length === 64 && [...[1].values().map((one) => one + 1)][0] === 2;
  };`;
  const app = await parallel.with({
    providers: {
      thief: { json: { priority: 1 }, script: thief },
      anything: { json: { priority: 2 }, script: victim },
    },
  });
  expect(await app.ended(await idIn(await app.send("x")))).toMatchObject({ provider: "anything" });
});

test("changes to the language by a run are gone in the next", async () => {
  const script = `export default (event, ctx) => {
    const clean = /a/.test("a") && ctx.Fatal.mark === undefined && ctx.crypto.hmac.mark === undefined;
    try { RegExp.prototype.test = () => false; } catch {}
    try { ctx.Fatal.mark = 1; } catch {}
    try { ctx.crypto.hmac.mark = 1; } catch {}
    return clean;
  };`;
  const app = await parallel.with({ providers, functions: { one: fn("x", script) } });
  for (let round = 0; round < 3; round++) {
    const { executions } = await sendSync(app, "x");
    expect(executions[0]?.result).toBe(true);
  }
});

test("a secret with quotes and line breaks is masked in each text that contains it", async () => {
  const secret = '-----BEGIN "KEY"-----\nhush\\hush\n-----END-----';
  const json = { priority: 1, properties: [{ name: "key", secret: true, env: "TEST_KEY" }] };
  const script = `export default (event, ctx) => {
    ctx.log.info(ctx.properties, JSON.stringify(JSON.stringify(ctx.properties)));
    ctx.setMessage({ all: ctx.properties });
    return ctx.properties;
  };`;
  await using app = await startParallelApp({
    providers: { anything: { json, script: ANYTHING.script } },
    functions: { one: fn("x", script) },
    environment: { TEST_KEY: secret },
  });
  const message = await sendSync(app, "x");
  expect(JSON.stringify(message)).not.toMatch(/hush|BEGIN/);
  expect(message.executions[0]?.result).toEqual({ key: "[key]" });
});

test("an unhandled rejection is in the trace", async () => {
  // The script keeps the promise, because V8 reports no rejection of a promise that it has collected.
  const script =
    "const kept = []; export default () => { kept.push(Promise.reject(new Error('floating'))); return true; };";
  const app = await parallel.with({
    providers: { anything: { json: { priority: 1 }, script } },
  });
  const { trace } = await app.ended(await idIn(await app.send("x")));
  expect(trace[0]).toMatchObject({ matched: true, warning: expect.stringContaining("floating") });
});

test("an event that a script kept never shows the body of a later message", async () => {
  const script = `let kept;
export default (event) => {
  const before = kept;
  kept = event;
  if (before === undefined) return "first";
  try { return { id: before.id, body: before.rawBody }; } catch (error) { return error.message; }
};`;
  const functions = {
    one: fn("x", script),
    two: fn("read", script.replace("kept = event;", "kept = event; event.rawBody;")),
  };
  const app = await parallel.with({ providers: { anything: ANYTHING }, functions });
  const sent = async (uri: string, body: string) =>
    await app.ended(await idIn(await app.send(uri, { body })));
  for (const uri of ["x", "read"]) {
    const first = await sent(uri, "the first");
    expect(first.executions[0]?.result).toBe("first");
    const [second] = (await sent(uri, "the second")).executions;
    if (uri === "x") expect(second?.result).toContain("this event is of an earlier run");
    else expect(second?.result).toEqual({ id: first.id, body: "the first" });
  }
});
