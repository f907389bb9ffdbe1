/** Drafts run in their own processes: they neither end nor delay the processes that live messages need. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { idIn, startParallelApp, type TestApp } from "../support/test-app.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let app: TestApp;

beforeAll(async () => {
  app = await startParallelApp({
    providers: {
      counting: {
        json: { priority: 1 },
        script:
          "let count = 0;\nexport default () => true;\nexport const eventType = () => String(++count);",
      },
    },
    functions: {
      ends: { json: { provider: "counting", uri: "x" }, script: "export default () => 1;" },
    },
  });
});
afterAll(() => app[Symbol.asyncDispose]());

const tryOut = async (draft: object): Promise<Response> =>
  app.api("/test-runs", { method: "POST", body: JSON.stringify({ request: {}, ...draft }) });

const wait = { headers: { "flex-sync-webhook": "true" } };

/** The number of messages that the matching process has handled. */
async function countNow(): Promise<number> {
  const id = await idIn(await app.send("x", wait));
  return Number((await app.ended(id)).eventType);
}

const LOOPS = "for (;;);";
test.each([
  ["as it is loaded", { provider: {} }, `${LOOPS}\nexport default () => true;`, 422],
  ["as it matches", { provider: {} }, `export default () => { ${LOOPS} };`, 200],
  [
    "as it verifies",
    { provider: {} },
    `export default () => true;\nexport const verify = () => { ${LOOPS} };`,
    200,
  ],
  [
    "as a function is loaded",
    { function: { provider: "counting" } },
    `${LOOPS}\nexport default () => 1;`,
    422,
  ],
])(
  "a draft that loops %s does not end the process that matches live messages",
  async (_, draft, script, status) => {
    const before = await countNow();
    expect((await tryOut({ ...draft, script })).status).toBe(status);
    expect(await countNow()).toBe(before + 1);
  },
);

test("a draft that loops while it is saved does not end the process that matches live messages", async () => {
  const before = await countNow();
  const script = `${LOOPS}\nexport default () => 1;`;
  const body = JSON.stringify({ name: "new", provider: "counting", uri: "y", script });
  expect((await app.api("/functions", { method: "POST", body })).status).toBe(422);
  expect(await countNow()).toBe(before + 1);
});

test("a live function ends while a draft of a function still computes", async () => {
  expect((await app.send("x", wait)).status).toBe(200);
  const limits = { cpuMs: 4000, timeoutMs: 6000 };
  const body = {
    function: { provider: "counting", ...limits },
    script: `export default () => { ${LOOPS} };`,
  };
  let isTrying = true;
  const tried = tryOut(body).finally(() => {
    isTrying = false;
  });
  const noted = async () =>
    (await app.api("/audit?action=test-run.start&target=draft&limit=1")).text();
  const lastOf = async () => /"id":"(\d+)"/.exec(await noted())?.[1];
  const earlier = await lastOf();
  await expect.poll(lastOf, { timeout: 20_000, interval: 5 }).not.toBe(earlier);
  for (let n = 0; n < 5; n++) expect((await app.send("x", wait)).status).toBe(200);
  expect(isTrying).toBe(true);
  expect(await (await tried).json()).toMatchObject({ error: { kind: "CPU_LIMIT" } });
});
