/** Limits of a run: each ends the run with its own kind of failure, and names its setting. */
import { expect, test } from "vitest";
import { startServer } from "../support/egress-server.ts";
import { SharedApp } from "../support/shared-app.ts";
import {
  ANYTHING,
  fn,
  idIn,
  type MessageView,
  SYNC,
  sendSync,
  startTestApp,
  type TestApp,
} from "../support/test-app.ts";

const shared = new SharedApp();

const providers = { anything: ANYTHING };

async function runOnce(app: TestApp, uri: string): Promise<MessageView["executions"][number]> {
  const { executions } = await sendSync(app, uri);
  const [execution] = executions;
  if (execution === undefined) throw new Error("no function ran");
  return execution;
}

test.each([
  ["TIMEOUT", "timeoutMs is 300", { timeoutMs: 300 }, "await ctx.sleep(60_000)"],
  ["TIMEOUT", "timeoutMs is 300", { timeoutMs: 300 }, "await ctx.sleep(100); for (;;) await null;"],
  [
    "MEMORY_LIMIT",
    "memoryMb is 16",
    { memoryMb: 16 },
    "const all = []; for (;;) all.push(new Array(1000).fill([]));",
  ],
  ["CPU_LIMIT", "cpuMs is 100", { cpuMs: 100 }, "for (;;);"],
  [
    "MEMORY_LIMIT",
    "memoryMb is 16",
    { memoryMb: 16 },
    "const all = []; for (;;) all.push({ one: all.length });",
  ],
  ["OUTPUT_LIMIT", "outputKb", { outputKb: 2 }, "return 'x'.repeat(3000)"],
  [
    "HOST_LIMIT",
    "more than 3 host calls",
    { hostCalls: 3 },
    "for (let i = 0; i < 4; i++) await ctx.kv.get('a')",
  ],
])("%s", { timeout: 90_000 }, async (kind, text, limits, code) => {
  const script = `export default async (event, ctx) => { ${code} };`;
  const app = await shared.with({
    providers,
    functions: { one: fn("x", script, limits), honest: fn("y", "export default () => 1;") },
  });
  const { status, error } = await runOnce(app, "x");
  expect(status).toBe("FAILED");
  expect(error).toMatchObject({ kind, message: expect.stringContaining(text) });
  expect((await runOnce(app, "y")).status).toBe("SUCCESS");
});

test("a log beyond its limit is cut at one place, and says so", async () => {
  const script = `export default (event, ctx) => {
    for (let i = 0; i < 40; i++) ctx.log.info(String(i).padEnd(100, "."));
  };`;
  const app = await shared.with({
    providers,
    functions: { one: fn("x", script, { logKb: 2 }) },
  });
  const { logs } = await runOnce(app, "x");
  const numbers = logs.slice(0, -1).map(({ text }) => Number.parseInt(text, 10));
  expect(numbers.length).toBeGreaterThan(5);
  expect(numbers).toEqual(numbers.map((_, index) => index));
  expect(logs.at(-1)).toMatchObject({ level: "warn", text: expect.stringContaining("logKb") });
});

test("host calls beyond those allowed at once wait their turn", async () => {
  let [open, most] = [0, 0];
  await using server = await startServer((_, response) => {
    open += 1;
    most = Math.max(most, open);
    setTimeout(() => {
      open -= 1;
      response.end("done");
    }, 30);
  });
  const { origin } = server;
  const script = `export default async (event, ctx) => {
    const all = Array.from({ length: 12 }, () => ctx.http.fetch("${origin}/"));
    return (await Promise.all(all)).length;
  };`;
  const http = { allow: [origin], privateNetworks: ["127.0.0.0/8"] };
  const app = await shared.with({
    providers,
    functions: { one: fn("x", script, { hostCallsAtOnce: 2, http }) },
  });
  expect(await runOnce(app, "x")).toMatchObject({ status: "SUCCESS", result: 12 });
  expect(most).toBe(2);
});

test("a listener of ctx.signal can clean up after the time limit, and the run still fails", async () => {
  const script = `export default async (event, ctx) => {
    if (event.payload.read) return ctx.kv.get("left");
    ctx.signal.addEventListener("abort", () => ctx.kv.set("left", ctx.signal.reason.name));
    await ctx.sleep(60_000);
  };`;
  const app = await shared.with({
    providers,
    functions: { one: fn("x", script, { timeoutMs: 300 }) },
  });
  const late = await app.ended(await idIn(await app.send("x", { ...SYNC, body: "{}" })));
  expect(late.executions[0]).toMatchObject({ status: "FAILED", error: { kind: "TIMEOUT" } });
  const read = await app.send("x", { ...SYNC, body: '{"read":true}' });
  expect((await app.ended(await idIn(read))).executions[0]?.result).toBe("TimeoutError");
});

test("runs that wait at the same time do not see each other's variables", async () => {
  const script = `let current;
  export default async (event, ctx) => {
    current = event.payload.n;
    await ctx.sleep(200);
    return current;
  };`;
  const app = await shared.with({ providers, functions: { one: fn("x", script) } });
  const numbers = Array.from({ length: 12 }, (_, index) => index);
  const results = numbers.map(async (n) => {
    const response = await app.send("x", { ...SYNC, body: JSON.stringify({ n }) });
    return (await app.ended(await idIn(response))).executions[0]?.result;
  });
  expect(await Promise.all(results)).toEqual(numbers);
});

test("a run that fills the memory ends no other run of its function", {
  timeout: 90_000,
}, async () => {
  const script = `export default async (event, ctx) => {
    if (event.payload.bad) { const all = []; for (;;) all.push({ one: all.length }); }
    await ctx.sleep(400);
    return event.payload.n;
  };`;
  const app = await shared.with({
    providers,
    functions: { one: fn("x", script, { memoryMb: 32 }) },
  });
  const send = (payload: object) => app.send("x", { body: JSON.stringify(payload) });
  const numbers = Array.from({ length: 10 }, (_, index) => index);
  const waiting = await Promise.all(numbers.map((n) => send({ n })));
  const bad = await send({ bad: true });
  const results = waiting.map(
    async (response) => (await app.ended(await idIn(response))).executions,
  );
  for (const [n, executions] of (await Promise.all(results)).entries())
    expect(executions[0]).toMatchObject({ status: "SUCCESS", result: n });
  const { executions } = await app.ended(await idIn(bad));
  expect(executions[0]).toMatchObject({ status: "FAILED", error: { kind: "MEMORY_LIMIT" } });
});

test("work that a stopped run left is charged to no other run", {
  timeout: 90_000,
}, async () => {
  const script = `export default async (event, ctx) => {
    if (event.payload.bad) {
      const storm = () => Promise.resolve().then(storm);
      storm();
      for (;;);
    }
    await ctx.sleep(300);
    return event.payload.n;
  };`;
  const app = await shared.with({
    providers,
    functions: { one: fn("x", script, { cpuMs: 100 }) },
  });
  const send = (payload: object) => app.send("x", { body: JSON.stringify(payload) });
  const numbers = Array.from({ length: 6 }, (_, index) => index);
  const waiting = await Promise.all(numbers.map((n) => send({ n })));
  const bad = await send({ bad: true });
  for (const [n, response] of waiting.entries()) {
    const { executions } = await app.ended(await idIn(response));
    expect(executions[0]).toMatchObject({ status: "SUCCESS", result: n });
    expect(executions[0]?.attempts).toHaveLength(1);
  }
  const { executions } = await app.ended(await idIn(bad));
  expect(executions[0]).toMatchObject({ status: "FAILED", error: { kind: "CPU_LIMIT" } });
});

test("a run is not charged for the time in which another run used the thread", {
  timeout: 90_000,
}, async () => {
  const hog = "export default () => { const t = Date.now(); while (Date.now() - t < 4000); };";
  // Returns once another run has used its thread.
  const polite = `export default async (event, ctx) => {
    for (let last = Date.now(); ; last = Date.now()) {
      await ctx.kv.get("a");
      await ctx.sleep(20);
      if (Date.now() - last > 2000) return "done";
    }
  };`;
  await using app = await startTestApp({
    providers,
    functions: {
      hog: fn("hog", hog),
      polite: fn("polite", polite, { timeoutMs: 3000 }),
      one: fn("x", "export default () => 1;"),
    },
    environment: { HOOKYARD_SANDBOX_PROCESSES: "2" },
  });
  await runOnce(app, "x");
  const running = app.send("polite");
  await new Promise((resolve) => setTimeout(resolve, 40));
  const hogging = app.send("hog");
  const { executions } = await app.ended(await idIn(await running));
  expect(executions[0]).toMatchObject({ status: "SUCCESS", result: "done" });
  expect((await app.ended(await idIn(await hogging))).status).toBe("SUCCESS");
});

test("concurrent runs with large buffers do not make each other fail", {
  timeout: 90_000,
}, async () => {
  const script = `export default async (event, ctx) => {
    const bytes = new Uint8Array(25_000_000).fill(1);
    await ctx.sleep(300);
    return bytes.length;
  };`;
  const app = await shared.with({ providers, functions: { one: fn("x", script) } });
  const sent = await Promise.all(Array.from({ length: 5 }, () => app.send("x")));
  for (const response of sent) {
    const { executions } = await app.ended(await idIn(response));
    expect(executions[0]).toMatchObject({ status: "SUCCESS", result: 25_000_000 });
  }
});

test("a listener of an earlier run is not called for a later one", async () => {
  const script = `export default async (event, ctx) => {
    if (event.payload.first) { ctx.signal.addEventListener("abort", () => ctx.log.info("old")); return 1; }
    await ctx.sleep(60_000);
  };`;
  const app = await shared.with({
    providers,
    functions: { one: fn("x", script, { timeoutMs: 200 }) },
  });
  const first = await app.send("x", { ...SYNC, body: '{"first":true}' });
  expect((await app.ended(await idIn(first))).status).toBe("SUCCESS");
  const { logs, error } = await runOnce(app, "x");
  expect(error?.kind).toBe("TIMEOUT");
  expect(logs).toEqual([]);
});

test("a host call that is too large ends its own run and no other", {
  timeout: 90_000,
}, async () => {
  const script =
    "export default async (event, ctx) => { await ctx.sleep(1); await ctx.kv.get('x'.repeat(17_000_000)); };";
  const waiting = "export default async (event, ctx) => { await ctx.sleep(800); return 1; };";
  const app = await shared.with({
    providers,
    functions: { one: fn("x", script), other: fn("y", waiting) },
  });
  const other = await app.send("y");
  expect((await runOnce(app, "x")).error?.kind).toBe("HOST_LIMIT");
  const { executions } = await app.ended(await idIn(other));
  expect(executions[0]).toMatchObject({ status: "SUCCESS" });
  expect(executions[0]?.attempts).toHaveLength(1);
});
