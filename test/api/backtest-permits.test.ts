/** Limits on backtests and checks that run at once, and which of them can still be read and cancelled. */

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../support/json.ts";
import { idIn, startTestApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;

beforeAll(async () => {
  const script = "export default () => false;";
  app = await startTestApp({
    providers: {
      a: { json: { priority: 1 }, script },
      b: { json: { priority: 2 }, script },
    },
  });
  for (let n = 0; n < 5; n++) await app.ended(await idIn(await app.send("in")));
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

const stateOf = async (id: string) => (await call(`GET /backtests/${id}`)).json.state;

test("a running backtest is never dropped from the list, and checks are not kept in it", async () => {
  const script = "export default async () => { await new Promise(() => undefined); };";
  const running = await call("POST /backtests", { providers: [{ name: "a", script }] });
  expect(running.status).toBe(202);
  for (let n = 0; n < 12; n++) {
    const checked = await call("POST /backtests", { order: ["b"], last: 0 });
    expect(checked).toMatchObject({ status: 202, json: { state: "DONE", total: 0, done: 0 } });
    expect((await call(`GET /backtests/${checked.json.id}`)).status).toBe(404);
  }
  const listed = async () =>
    (await call("GET /backtests")).json.items.map(({ id }: Json) => id) as readonly string[];
  expect(await listed()).toContain(running.json.id);
  expect((await call(`GET /backtests/${running.json.id}`)).json.state).toBe("RUNNING");
  expect((await call(`DELETE /backtests/${running.json.id}`)).json.state).toBe("CANCELLED");
  for (let n = 0; n < 11; n++) {
    const { json } = await call("POST /backtests", { order: ["b"], filter: { uri: "nothing" } });
    expect(json.total).toBe(0);
    await expect.poll(() => stateOf(json.id)).toBe("DONE");
  }
  expect(await listed()).toHaveLength(10);
  expect(await listed()).not.toContain(running.json.id);
});

test("the number of backtests and checks in preparation is limited, and only one of them reads messages", async () => {
  const script = "export default () => true;";
  const drafts = Array.from({ length: 50 }, (_, n) => ({ name: `d-${n}`, priority: 1, script }));
  const all = await Promise.all(
    Array.from({ length: 12 }, (_, n) => {
      const providers = drafts.map((draft) => ({ ...draft, script: `${script}// ${n}` }));
      return call("POST /backtests", { providers, last: n % 2 === 0 ? 0 : 5 });
    }),
  );
  const statuses = all.map(({ status }) => status);
  expect(statuses).toContain(202);
  expect(statuses).toContain(429);
  expect(all.filter(({ status, json }) => status === 202 && json.total > 0).length).toBeLessThan(2);
  for (const { status, json } of all) {
    expect([202, 409, 429]).toContain(status);
    if (status !== 202) expect(json.detail).toMatch(/wait for (?:one|it)/);
  }
  const [last] = (await call("GET /backtests")).json.items;
  expect((await call(`DELETE /backtests/${last.id}`)).status).toBe(200);
});
