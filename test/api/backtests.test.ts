/** A backtest runs drafts over past messages and lists what they would change before they are activated. */

import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../support/json.ts";
import { idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const by = (header: string) =>
  `export default (event) => event.headers["${header}"] !== undefined;`;

let app: TestApp;
const ids: string[] = [];

beforeAll(async () => {
  app = await startTestApp({
    providers: {
      a: { json: { priority: 1 }, script: by("x-a") },
      b: { json: { priority: 2 }, script: by("x-b") },
    },
    functions: {
      double: {
        json: { provider: "a", uri: "in" },
        script: "export default (event) => event.payload.n * 2;",
      },
      dice: {
        json: { provider: "a", uri: "dice" },
        script: "export default () => Math.random();",
      },
      type: {
        json: { provider: "a", uri: "type" },
        script: "export default (event) => event.eventType;",
      },
    },
  });
  for (const uri of ["dice", "type"])
    await app.ended(await idIn(await app.send(uri, { headers: { "x-a": "1" } })));
  const senders = [{ "x-a": "1" }, { "x-b": "1" }, { "x-a": "1", "x-b": "1" }, {}];
  for (const [n, headers] of senders.entries()) {
    const id = await idIn(await app.send("in", { headers, body: JSON.stringify({ n }) }));
    await app.ended(id);
    ids.push(id);
  }
});
afterAll(() => app[Symbol.asyncDispose]());

async function call(what: string, body?: object): Promise<{ status: number; json: Json }> {
  const [method = "", path = ""] = what.split(" ");
  const response = await app.api(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

/** Runs a backtest over the messages to `in`, unless the body names a filter. */
async function backtest(body: object): Promise<{ state: Json; items: Json }> {
  const { status, json } = await call("POST /backtests", {
    filter: { uri: "in" },
    ...body,
  });
  expect(status).toBe(202);
  const read = async () => (await call(`GET /backtests/${json.id}`)).json;
  await expect.poll(async () => (await read()).state, { timeout: 90_000 }).not.toBe("RUNNING");
  const { items } = (await call(`GET /backtests/${json.id}/items`)).json;
  return { state: await read(), items };
}

test("a draft that matches more lists messages that change provider and messages that several providers match", async () => {
  const providers = [{ name: "a", script: "export default () => true;" }];
  const { state, items } = await backtest({ providers });
  expect(state).toMatchObject({
    state: "DONE",
    total: 4,
    done: 4,
    summary: { changed: 2, otherProvider: 2, byNobody: 0, bySeveral: 2 },
  });
  expect(items).toMatchObject([
    { messageId: ids[3], before: { provider: null }, after: { provider: "a" } },
    {
      messageId: ids[1],
      before: { provider: "b" },
      after: { provider: "a" },
      claimedBy: ["a", "b"],
    },
  ]);
  expect(items[0].differences).toContain("provider");
});

test("a draft of the order lists the messages that change provider", async () => {
  const { state, items } = await backtest({ order: ["b", "a"] });
  expect(state.summary).toMatchObject({ changed: 1, bySeveral: 1, byNobody: 1 });
  expect(items).toMatchObject([{ messageId: ids[2], after: { provider: "b" } }]);
});

test("a draft of a function lists the messages whose outcome changes, with the new outcome", async () => {
  const script = `export default (event, ctx) => {
    if (event.payload.n === 2) throw new RangeError("two");
    return event.payload.n * 2;
  };`;
  const { state, items } = await backtest({ functions: [{ name: "double", script }] });
  expect(state.summary).toMatchObject({ changed: 1, otherProvider: 0, otherOutcome: 1 });
  expect(items).toMatchObject([
    {
      messageId: ids[2],
      before: { functions: [{ name: "double", outcome: "SUCCESS", result: "4" }] },
      after: { functions: [{ outcome: "FAILED", error: "SCRIPT_ERROR RangeError: two" }] },
      differences: ["outcome of double"],
    },
  ]);
});

test("a backtest lists messages with another provider under the drafts, and messages that none or several providers match", async () => {
  const providers = [{ name: "b", script: "export default (event) => event.payload.n > 1;" }];
  const { state, items } = await backtest({ providers });
  expect(state.providers).toEqual([
    { provider: "a", gets: 2, misses: 0, faults: 0 },
    { provider: "b", gets: 1, misses: 1, faults: 0 },
  ]);
  const of = async (which: string) => {
    const { json } = await call(`GET /backtests/${state.id}/items?which=${which}`);
    return json.items.map(({ messageId }: Json) => messageId);
  };
  expect(items.map(({ messageId }: Json) => messageId)).toEqual([ids[3], ids[1]]);
  expect(await of("byNobody")).toEqual([ids[1]]);
  expect(await of("bySeveral")).toEqual([ids[2]]);
  expect(await of("all")).toEqual([ids[3], ids[2], ids[1]]);
});

test("calls of a function are compared and not performed", async () => {
  const script = `export default async (event, ctx) => {
    await ctx.kv.set("doubled", event.payload.n);
    return event.payload.n * 2;
  };`;
  const { state, items } = await backtest({ functions: [{ name: "double", script }] });
  expect(state.summary).toMatchObject({ changed: 2, otherOutcome: 2, failing: 0 });
  expect(items[0]).toMatchObject({
    differences: ["calls of double"],
    before: { functions: [{ outcome: "SUCCESS", calls: [] }] },
    after: { functions: [{ outcome: "SUCCESS", result: "4", calls: ["kv.set doubled"] }] },
  });
});

test("a function whose result differs in each run is unsteady and not a change", async () => {
  const providers = [
    { name: "a", script: `${by("x-a")}\nexport const eventType = () => "typed";` },
  ];
  const { state, items } = await backtest({ providers, filter: { uri: "dice" } });
  expect(state.summary).toMatchObject({ changed: 1, otherOutcome: 0, unsteady: 1 });
  expect(items).toMatchObject([{ differences: ["eventType"], unsteady: ["dice"] }]);
});

test("functions whose event a draft of their provider changes are run too", async () => {
  const providers = [
    { name: "a", script: `${by("x-a")}\nexport const eventType = () => "typed";` },
  ];
  const { items } = await backtest({ providers, filter: { uri: "type" } });
  expect(items).toMatchObject([
    {
      differences: ["eventType", "outcome of type"],
      before: { functions: [{ result: "null" }] },
      after: { functions: [{ result: '"typed"' }] },
    },
  ]);
});

test("a draft of a function may belong to a provider that is a draft too", async () => {
  const providers = [{ name: "new", priority: 1, script: "export default () => true;" }];
  const script = "export default () => { throw new Error('not yet'); };";
  const functions = [{ name: "fresh", provider: "new", uri: "in", script }];
  const { state, items } = await backtest({ providers, functions, order: ["new", "a"], last: 1 });
  expect(state.summary).toMatchObject({ changed: 1, otherProvider: 1, failing: 1 });
  expect(items).toMatchObject([
    { after: { functions: [{ outcome: "FAILED", error: "SCRIPT_ERROR Error: not yet" }] } },
  ]);
});

test("drafts run in a process of lower priority, which ends when the backtest is cancelled", async () => {
  const script = "export default (event, ctx) => ctx.sleep(60_000);";
  const functions = [{ name: "double", script, timeoutMs: 120_000 }];
  const { json } = await call("POST /backtests", { functions });
  const own = () => childPids().filter((pid) => !app.app.sandboxPids().includes(pid));
  await expect.poll(() => own().map(niceness)).toEqual([5]);
  expect(app.app.sandboxPids().map(niceness)).not.toContain(5);
  expect((await call(`DELETE /backtests/${json.id}`)).json.state).toBe("CANCELLED");
  expect(own()).toEqual([]);
  for (const path of ["", "/items", "/items?which=all"])
    expect((await call(`GET /backtests/${json.id}${path}`)).status, path).toBe(404);
  expect((await call(`DELETE /backtests/${json.id}`)).status).toBe(404);
  expect(JSON.stringify((await call("GET /backtests")).json.items)).not.toContain(json.id);
});

test("a server that stops does not wait for a backtest", async () => {
  const slow = {
    json: { provider: "a", uri: "in", timeoutMs: 300_000 },
    script: "export default () => 1;",
  };
  const own = await startTestApp({
    providers: { a: { json: { priority: 1 }, script: "export default () => true;" } },
    functions: { slow },
  });
  await own.ended(await idIn(await own.send("in")));
  const functions = [
    { name: "slow", script: "export default (event, ctx) => ctx.sleep(250_000);" },
  ];
  const body = JSON.stringify({ functions });
  expect((await own.api("/backtests", { method: "POST", body })).status).toBe(202);
  await expect.poll(() => childPids().map(niceness)).toContain(5);
  await own[Symbol.asyncDispose]();
  expect(childPids().map(niceness)).not.toContain(5);
}, 90_000);

/** The ids of this process's children. */
function childPids(): readonly number[] {
  return readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
}

function niceness(pid: number): number | undefined {
  try {
    return getPriority(pid);
  } catch {
    return undefined;
  }
}

test("`last` limits a backtest to the newest messages of its filter", async () => {
  const providers = [{ name: "a", script: "export default () => true;" }];
  const { state } = await backtest({ providers, last: 1, filter: { provider: "b" } });
  expect(state).toMatchObject({ total: 1, summary: { changed: 1 } });
});

test("drafts change nothing that is installed", async () => {
  const id = await idIn(await app.send("in", { headers: { "x-b": "1" } }));
  expect(await app.ended(id)).toMatchObject({ provider: "b" });
});

test("a second backtest is refused while the first runs, and the first can be cancelled", async () => {
  const script =
    "export default () => { for (const until = Date.now() + 80; Date.now() < until;); return false; };";
  const first = await call("POST /backtests", { providers: [{ name: "a", script }] });
  const second = await call("POST /backtests", { order: ["b"] });
  expect(second.status).toBe(409);
  expect(second.json.detail).toContain(first.json.id);
  const checked = await call("POST /backtests", { order: ["b"], last: 0 });
  expect(checked).toMatchObject({ status: 202, json: { state: "DONE", total: 0 } });
  const ended = await call(`DELETE /backtests/${first.json.id}`);
  expect(ended.json.state).toBe("CANCELLED");
  expect((await backtest({ order: ["b"] })).state.state).toBe("DONE");
});

test("a token that may not read messages may check drafts over no messages", async () => {
  const made = await call("POST /tokens", { name: "ci", permissions: ["scripts:write"] });
  const over = async (last: number) => {
    const headers = { authorization: `Bearer ${made.json.token}` };
    const body = JSON.stringify({ order: ["b"], last });
    return (await app.api("/backtests", { method: "POST", headers, body })).status;
  };
  expect(await over(1)).toBe(403);
  expect(await over(0)).toBe(202);
});

test.each([
  [{}, 400, /nothing was found to be tried/],
  [{ order: ["b", "b"] }, 400, /more than once/],
  [{ order: ["none"] }, 422, /there is no provider "none"/],
  [{ providers: [{ name: "new", priority: 1 }] }, 422, /script was expected/],
  [{ providers: [{ name: "a", script: "export default (" }] }, 422, /match\.ts:1/],
])("%j is refused", async (body, status, detail) => {
  const answer = await call("POST /backtests", body);
  expect(answer.status).toBe(status);
  expect(answer.json.detail).toMatch(detail);
});
