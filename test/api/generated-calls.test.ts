/** Calls made from the API's own description, at run time. `npm run api-calls` makes such calls without end. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { HANG_MS } from "../support/hang.ts";
import { startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";
import { Explorer } from "./generated/explorer.ts";
import { installation, targetOf } from "./generated/installation.ts";
import { liveAndDie } from "./generated/lives.ts";

/** Hundreds of calls in one test. */
const LONGER = { timeout: 5 * HANG_MS };
/** The same calls in each run. */
const PLAN = { seed: 26, runs: 2 };

let app: TestApp;
let explorer: Explorer;
beforeAll(async () => {
  app = await startTestApp(installation);
  explorer = await Explorer.open(await targetOf(app));
});
afterAll(() => app[Symbol.asyncDispose]());

test("what is created is read, listed, deleted and then gone", async () => {
  const made = await liveAndDie(explorer);
  expect(made).toEqual(["/providers", "/functions", "/backtests", "/tokens"]);
});

test(
  "a request that the description allows is no bad one, and the answer is as described",
  LONGER,
  async () => {
    for (const call of explorer.calls) await explorer.checkAllowed(call, PLAN);
  },
);

test("a request that the description does not allow is not carried out", LONGER, async () => {
  for (const call of explorer.calls) await explorer.checkRefused(call, PLAN);
});

test("wrong tokens among the calls do not lock the right one out", async () => {
  const list = { method: "GET", path: "/api/v1/messages" };
  for (let n = 0; n < 25; n++) {
    expect([401, 429]).toContain(await explorer.send(list, `wrong-${n}`));
    expect(await explorer.send(list, TOKEN)).toBe(200);
  }
});
