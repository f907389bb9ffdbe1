/** Drafts over past messages: what would change is found before anything is put to use. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { idIn, startTestApp, type TestApp } from "./test-app.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers of several shapes are looked into.
type Json = any;

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
    },
  });
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

async function backtest(body: object): Promise<{ state: Json; items: Json }> {
  const { status, json } = await call("POST /backtests", body);
  expect(status).toBe(202);
  const read = async () => (await call(`GET /backtests/${json.id}`)).json;
  await expect.poll(async () => (await read()).state, { timeout: 10_000 }).not.toBe("RUNNING");
  const { items } = (await call(`GET /backtests/${json.id}/items`)).json;
  return { state: await read(), items };
}

test("a match script that claims more: who would go elsewhere, and who is claimed by several", async () => {
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

test("another order", async () => {
  const { state, items } = await backtest({ order: ["b", "a"] });
  expect(state.summary).toMatchObject({ changed: 1, bySeveral: 1, byNobody: 1 });
  expect(items).toMatchObject([{ messageId: ids[2], after: { provider: "b" } }]);
});

test("a function: whose outcome would change, and to what", async () => {
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

test("only the last messages of a filter", async () => {
  const providers = [{ name: "a", script: "export default () => true;" }];
  const { state } = await backtest({ providers, last: 1, filter: { provider: "b" } });
  expect(state).toMatchObject({ total: 1, summary: { changed: 1 } });
});

test("drafts change nothing", async () => {
  const id = await idIn(await app.send("in", { headers: { "x-b": "1" } }));
  expect(await app.ended(id)).toMatchObject({ provider: "b" });
});

test("a second one waits for the first, which can be ended", async () => {
  const script =
    "export default () => { for (const until = Date.now() + 80; Date.now() < until;); return false; };";
  const first = await call("POST /backtests", { providers: [{ name: "a", script }] });
  const second = await call("POST /backtests", { order: ["b"] });
  expect(second.status).toBe(409);
  expect(second.json.detail).toContain(first.json.id);
  const ended = await call(`DELETE /backtests/${first.json.id}`);
  expect(ended.json.state).toBe("CANCELLED");
  expect((await backtest({ order: ["b"] })).state.state).toBe("DONE");
});

test.each([
  [{}, 400, /nothing was found to be tried/],
  [{ order: ["none"] }, 400, /there is no provider none/],
  [{ providers: [{ name: "new", priority: 1 }] }, 400, /script was expected/],
  [{ providers: [{ name: "a", script: "export default (" }] }, 422, /match\.ts:1/],
])("%j is refused", async (body, status, detail) => {
  const answer = await call("POST /backtests", body);
  expect(answer.status).toBe(status);
  expect(answer.json.detail).toMatch(detail);
});
