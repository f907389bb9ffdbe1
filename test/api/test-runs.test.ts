/** Test runs of scripts on stored messages and given requests. Their effects are recorded and not performed. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../support/json.ts";
import { idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const MATCH = `export default (event) => event.headers["x-acme"] !== undefined;
export const verify = (event, ctx) => ctx.verify.token({ secret: ctx.properties.secret, header: "x-acme" });
export const eventType = (event) => event.payload.type;
export const deliveryId = (event) => event.payload.id;`;

const SECRET = "s3cret-of-acme";

let app: TestApp;
let stored: string;
let hits = 0;
const other = createServer((_request, response) => {
  hits++;
  response.end("real");
});

beforeAll(async () => {
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const allow = [`http://127.0.0.1:${(other.address() as AddressInfo).port}`];
  app = await startTestApp({
    environment: { ACME_SECRET: SECRET },
    providers: {
      acme: {
        json: { priority: 1, properties: [{ name: "secret", secret: true, env: "ACME_SECRET" }] },
        script: MATCH,
      },
    },
    functions: {
      greet: {
        json: {
          provider: "acme",
          uri: "in/:who",
          http: { allow, privateNetworks: ["127.0.0.0/8"] },
        },
        script: "export default () => 'installed';",
      },
    },
  });
  const body = JSON.stringify({ type: "hello", id: "d-1" });
  stored = await idIn(await app.send("in/ann", { body, headers: { "x-acme": SECRET } }));
  await app.ended(stored);
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  other.close();
});

async function tryOut(body: object): Promise<{ status: number; json: Json }> {
  const response = await app.api("/test-runs", { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, json: await response.json() };
}

const url = () => `http://127.0.0.1:${(other.address() as AddressInfo).port}/x`;

test("a draft of an installed function runs on a stored message and changes nothing", async () => {
  const script = `export default (event, ctx) => {
    ctx.log.info("trying");
    return { who: event.params.who, type: event.eventType, id: event.deliveryId };
  };`;
  const { status, json } = await tryOut({ function: "greet", script, messageId: stored });
  expect(status).toBe(200);
  expect(json).toMatchObject({
    kind: "function",
    outcome: "SUCCESS",
    result: { who: "ann", type: "hello", id: "d-1" },
    logs: [{ level: "info", text: "trying" }],
    calls: [],
    error: null,
  });
  const again = await idIn(await app.send("in/bob", { headers: { "x-acme": SECRET }, body: "{}" }));
  expect((await app.ended(again)).executions).toMatchObject([{ result: "installed" }]);
});

test("an error has its line and frame", async () => {
  const script = "export default (event) => {\n  return event.payload.user.name;\n};";
  const { json } = await tryOut({ function: "greet", script, messageId: stored });
  expect(json).toMatchObject({
    outcome: "FAILED",
    error: { kind: "SCRIPT_ERROR", name: "TypeError", line: 2 },
  });
  expect(json.error.frame).toContain("event.payload.user.name");
});

test("a script that does not compile is refused with its position", async () => {
  const { status, json } = await tryOut({
    function: "greet",
    script: "export default (",
    messageId: stored,
  });
  expect({ status, code: json.code }).toEqual({ status: 422, code: "script_refused" });
  expect(json.error).toMatchObject({ kind: "COMPILE_ERROR", line: 1 });
});

test("calls are recorded and not performed, and the run reads its own writes", async () => {
  const script = `export default async (event, ctx) => {
    const answer = await ctx.http.fetch(${JSON.stringify(url())}, { method: "POST", body: ctx.properties.secret });
    await ctx.kv.set("seen", 1);
    const count = await ctx.kv.increment("seen", 2);
    await ctx.kv.delete("none");
    return { status: answer.status, json: await answer.json(), seen: await ctx.kv.get("seen"), count };
  };`;
  const { json } = await tryOut({ function: "greet", script, messageId: stored });
  expect(json).toMatchObject({
    outcome: "SUCCESS",
    result: { status: 200, json: {}, seen: 3, count: 3 },
    calls: [
      { call: "http.fetch", asked: { method: "POST", url: url() }, performed: false },
      { call: "kv.set", asked: { key: "seen" }, answered: true, performed: false },
      { call: "kv.increment", asked: { key: "seen", by: 2 }, answered: 3, performed: false },
      { call: "kv.delete", asked: { key: "none" }, answered: false, performed: false },
    ],
  });
  expect(JSON.stringify(json)).not.toContain(SECRET);
  expect(hits).toBe(0);
  const read = "export default (event, ctx) => ctx.kv.get('seen');";
  const after = await tryOut({ function: "greet", script: read, messageId: stored });
  expect(after.json.result).toBeNull();
});

test("the record of calls is bounded and holds no part of a secret", async () => {
  const script = `export default async (event, ctx) => {
    const text = "x".repeat(16 * 1024 - 8) + ctx.properties.secret + "y".repeat(500_000);
    for (let count = 0; count < 30; count++) await ctx.http.fetch(${JSON.stringify(url())}, { method: "POST", body: text });
  };`;
  const { json } = await tryOut({ function: "greet", script, messageId: stored });
  expect(json).toMatchObject({ outcome: "SUCCESS" });
  expect(json.calls).toHaveLength(30);
  const [{ asked }] = json.calls;
  expect(asked.body).toMatch(/x\[secret\]… \(516384 characters, SHA-256 [0-9a-f]{12}…\)$/);
  expect(JSON.stringify(json).length).toBeLessThan(1_000_000);
});

test("a write that the key-value store would refuse is refused", async () => {
  const script = `export default async (event, ctx) => {
    await ctx.kv.set("text", "x");
    const mistake = await ctx.kv.increment("text").catch((error) => error.message);
    return { mistake, long: await ctx.kv.set("long", "x".repeat(70_000)) };
  };`;
  const { json } = await tryOut({ function: "greet", script, messageId: stored });
  expect(json).toMatchObject({ outcome: "FAILED", error: { kind: "HOST_LIMIT" } });
  expect(json.calls[1].answered.refused).toMatch(/no whole number/);
});

test("calls get the answers that the body gives, and calls that are not allowed are refused", async () => {
  const script = `export default async (event, ctx) => {
    const answer = await ctx.http.fetch(${JSON.stringify(url())});
    return { status: answer.status, body: await answer.json() };
  };`;
  const answers = [{ url: `${url().slice(0, -1)}*`, status: 503, body: { down: true } }];
  const answered = await tryOut({ function: "greet", script, messageId: stored, answers });
  expect(answered.json.result).toEqual({ status: 503, body: { down: true } });
  const elsewhere = script.replace("127.0.0.1", "example.org");
  const denied = await tryOut({ function: "greet", script: elsewhere, messageId: stored });
  expect(denied.json).toMatchObject({ outcome: "FAILED", error: { kind: "EGRESS_DENIED" } });
});

test("effects are performed on request", async () => {
  const script = `export default async (event, ctx) => {
    await ctx.kv.set("done", "yes");
    return await (await ctx.http.fetch(${JSON.stringify(url())})).text();
  };`;
  const { json } = await tryOut({
    function: "greet",
    script,
    messageId: stored,
    effects: "perform",
  });
  expect(json).toMatchObject({ result: "real", calls: [{ performed: true }, { performed: true }] });
  expect(hits).toBe(1);
  const read = "export default (event, ctx) => ctx.kv.get('done');";
  expect((await tryOut({ function: "greet", script: read, messageId: stored })).json.result).toBe(
    "yes",
  );
});

test("a match script is tested like an active one, including verification", async () => {
  const request = { uri: "in/x", headers: { "X-Acme": SECRET }, body: { type: "ping", id: "d-2" } };
  const right = await tryOut({ provider: "acme", request });
  expect(right.json).toMatchObject({
    kind: "provider",
    matched: true,
    verification: { mode: "enforce", result: "ok" },
    eventType: "ping",
    deliveryId: "d-2",
  });
  const wrong = await tryOut({
    provider: "acme",
    request: { ...request, headers: { "x-acme": "no" } },
  });
  expect(wrong.json).toMatchObject({ matched: true, verification: { result: "failed" } });
  const unmatched = await tryOut({ provider: "acme", request: { ...request, headers: {} } });
  expect(unmatched.json).toMatchObject({ matched: false, verification: null });
});

test("a draft of an installed provider may have only the changed fields", async () => {
  const request = { uri: "in/x", headers: { "X-Acme": "wrong" }, body: {} };
  const { json } = await tryOut({ provider: { name: "acme", verification: "report" }, request });
  expect(json).toMatchObject({ matched: true, verification: { mode: "report", result: "failed" } });
  const quick = { name: "greet", timeoutMs: 100 };
  const script = "export default (event, ctx) => ctx.sleep(5000);";
  const slow = await tryOut({ function: quick, script, messageId: stored });
  expect(slow.json).toMatchObject({ error: { kind: "TIMEOUT" } });
});

test("a draft of a new provider is tested", async () => {
  const script = "export default (event) => { console.log('asked'); return event.method; };";
  const { json } = await tryOut({
    provider: { description: "new" },
    script,
    request: { method: "PUT" },
  });
  expect(json).toMatchObject({ matched: false, logs: [{ text: "asked" }] });
  expect(json.warning).toContain("only true matches");
});

test.each([
  [{ function: "greet" }, 400, /either messageId or request/],
  [{ request: {} }, 400, /either provider or function/],
  [{ function: "none", request: {} }, 404, /there is no function "none"/],
  [{ function: { provider: "acme" }, request: {} }, 422, /function draft: script was expected/],
  [{ function: "greet", messageId: "01a20000-0000-7000-8000-000000000000" }, 404, /no message/],
])("%j is refused", async (body, status, detail) => {
  const answer = await tryOut(body);
  expect(answer.status).toBe(status);
  expect(answer.json.detail).toMatch(detail);
});

test("a script that never ends is stopped", async () => {
  const script = "export default () => { for (;;); };";
  const draft = { provider: "acme", cpuMs: 50, timeoutMs: 200 };
  const { json } = await tryOut({ function: draft, script, request: {} });
  expect(json).toMatchObject({ outcome: "FAILED", error: { kind: "CPU_LIMIT" } });
});
