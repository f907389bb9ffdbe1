/** Functions that start while their message is being stored. The only visible effect is speed. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startServer, type TestServer } from "../support/egress-server.ts";
import { SharedApp } from "../support/shared-app.ts";
import { fullDisk } from "../support/storage-troubles.ts";
import { ANYTHING, fn, idIn, type MessageView, type TestApp } from "../support/test-app.ts";

/** The limit allows a busy machine. */
const LONG = { timeout: 90_000 };

const shared = new SharedApp({ HOOKYARD_SANDBOX_PROCESSES: "2" });

const asked: string[] = [];
let world: TestServer;
beforeAll(async () => {
  world = await startServer(({ url }, response) => {
    asked.push(url);
    response.end();
  });
});
beforeEach(() => void asked.splice(0));
afterAll(() => world[Symbol.asyncDispose]());

const asks = (uri: string, json: object = {}) =>
  fn(
    uri,
    `export default async (event, ctx) => {
       const count = await ctx.kv.increment("runs");
       await ctx.http.fetch(${JSON.stringify(world.origin)} + "/" + event.uri);
       return count;
     };`,
    { http: { allow: [world.origin], privateNetworks: ["127.0.0.0/8"] }, ...json },
  );
const QUICK = 'export default (event, ctx) => { ctx.setMessage("quick"); return 7; };';
const BROKEN = 'export default () => { throw new RangeError("no good"); };';

const shownAtOnce = async (app: TestApp, id: string): Promise<MessageView> =>
  (await app.api(`/messages/${id}`)).json() as Promise<MessageView>;

/** Executions of these functions that were never claimed, because they ended before they were stored. */
function bornEnded(app: TestApp, ...names: readonly string[]): readonly unknown[] {
  const database = new Database(join(app.folder, "data/hookyard.db"), { readonly: true });
  const sql = "SELECT function, status, attempt, run_at FROM execution WHERE lease_until IS NULL";
  const among = `${sql} AND function IN (SELECT value FROM json_each(?))`;
  const rows = database.prepare(among).all(JSON.stringify(names));
  database.close();
  return rows;
}

test.each([
  {
    name: "quick",
    script: QUICK,
    status: "SUCCESS",
    message: "quick",
    executionFields: { result: 7 },
  },
  {
    name: "broken",
    script: BROKEN,
    status: "FAILED",
    message: "RangeError: no good",
    executionFields: { error: { line: 1 } },
  },
])("an ended run is stored with its message: $name", async (ending) => {
  const { name, script, status, message, executionFields } = ending;
  const functions = { [name]: fn("x", script) };
  const app = await shared.with({ providers: { anything: ANYTHING }, functions });
  const sent: string[] = [];
  // The first run loads the script, which may take longer than the answer waits.
  await expect
    .poll(async () => {
      sent.push(await idIn(await app.send("x")));
      return bornEnded(app, name);
    }, LONG)
    .toContainEqual({ function: name, status, attempt: 1, run_at: null });
  const attempts = [{ number: 1, outcome: name === "quick" ? "SUCCESS" : "SCRIPT_ERROR" }];
  for (const id of sent) {
    const shown = await app.ended(id);
    expect(shown).toMatchObject({
      status,
      message,
      executions: [{ status, attempts, ...executionFields }],
    });
  }
});

test("storing does not wait for a function that waits, even shortly", async () => {
  const functions = { naps: fn("x", "export default (event, ctx) => ctx.sleep(80);") };
  const app = await shared.with({ providers: { anything: ANYTHING }, functions });
  await app.ended(await idIn(await app.send("x")));
  const sent = 5;
  for (let time = 0; time < sent; time++) await app.ended(await idIn(await app.send("x")));
  // An execution that ended before the message was stored was never claimed.
  expect(bornEnded(app, "naps").length).toBeLessThan(sent);
});

test("ended, waiting and retried functions of one message end correctly", async () => {
  const later = `export default async (event, ctx) => {
    if (event.attempt === 1) throw new Error("not yet");
    return event.attempt;
  };`;
  const functions = {
    quick: fn("x", QUICK),
    sleeps: fn("x", "export default (event, ctx) => ctx.sleep(600);"),
    later: fn("x", later, { retry: { maxAttempts: 2, backoffMs: 10 } }),
  };
  const app = await shared.with({ providers: { anything: ANYTHING }, functions });
  await app.ended(await idIn(await app.send("x")));
  const id = await idIn(await app.send("x"));
  expect(await shownAtOnce(app, id)).toMatchObject({ status: "PENDING" });
  const { status, message, executions } = await app.ended(id);
  expect(status).toBe("SUCCESS");
  // The text that the failed attempt set is dropped; the texts of the other runs are kept.
  expect(message).toBe("quick");
  const attempts = executions.map((one) => [one.function, one.attempts.map((at) => at.outcome)]);
  expect(Object.fromEntries(attempts)).toEqual({
    quick: ["SUCCESS"],
    sleeps: ["SUCCESS"],
    later: ["SCRIPT_ERROR", "SUCCESS"],
  });
});

test("ordered functions run after the ones before them, also if those ended before the message was stored", async () => {
  const stamped = (order: number) => fn("x", "export default () => Date.now();", { order });
  const functions = { first: stamped(1), beside: stamped(1), second: stamped(2), last: stamped(3) };
  const app = await shared.with({ providers: { anything: ANYTHING }, functions });
  const sent: string[] = [];
  await expect
    .poll(async () => {
      sent.push(await idIn(await app.send("x")));
      return bornEnded(app, "first", "beside");
    }, LONG)
    .toEqual(
      expect.arrayContaining(
        ["first", "beside"].map((name) => expect.objectContaining({ function: name })),
      ),
    );
  for (const id of sent) {
    const { status, executions } = await app.ended(id);
    const [first, beside, second, last] = ["first", "beside", "second", "last"].map((name) =>
      Number(executions.find((one) => one.function === name)?.result),
    );
    expect(status).toBe("SUCCESS");
    expect(Math.max(first ?? 0, beside ?? 0)).toBeLessThanOrEqual(second ?? 0);
    expect(second).toBeLessThanOrEqual(last ?? 0);
  }
  expect(bornEnded(app, "second")).toEqual([]);
});

test("the early runs of a message that could not be stored had no side effects", async () => {
  const functions = { asks: asks("x", { concurrency: 1 }) };
  const app = await shared.with({ providers: { anything: ANYTHING }, functions });
  await app.ended(await idIn(await app.send("x")));
  {
    using _ = fullDisk(app.folder);
    for (let time = 0; time < 5; time++) expect((await app.send("x")).status).toBe(503);
  }
  const { executions } = await app.ended(await idIn(await app.send("x")));
  expect(executions).toMatchObject([{ status: "SUCCESS", result: 2 }]);
  expect(asked).toEqual(["/x", "/x"]);
});

test("a refused message releases its memory", async () => {
  const functions = { narrow: fn("x", QUICK, { concurrency: 1 }) };
  const app = await shared.with({ providers: { anything: ANYTHING }, functions });
  await app.ended(await idIn(await app.send("x")));
  {
    using _ = fullDisk(app.folder);
    for (let time = 0; time < 3; time++) expect((await app.send("x")).status).toBe(503);
  }
  const before = bornEnded(app, "narrow").length;
  await expect
    .poll(async () => {
      await app.ended(await idIn(await app.send("x")));
      return bornEnded(app, "narrow").length;
    }, LONG)
    .toBeGreaterThan(before);
});

test("of many simultaneous duplicates, only one run has side effects", async () => {
  const script = `export default () => true;
    export const deliveryId = (event) => event.headers["x-id"];`;
  const once = { json: { priority: 1, dedupe: 60 }, script };
  const functions = { asks: asks("x") };
  const app = await shared.with({ providers: { anything: once }, functions });
  const headers = { "x-id": "the same", "flex-sync-webhook": "true" };
  const responses = await Promise.all(Array.from({ length: 20 }, () => app.send("x", { headers })));
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
  expect(asked).toEqual(["/x"]);
  const ended = await Promise.all(responses.map(async (one) => app.ended(await idIn(one))));
  expect(ended.filter(({ status }) => status === "SUCCESS")).toHaveLength(1);
});

test("a known duplicate starts no function", async () => {
  const script = `export default () => true;
    export const deliveryId = (event) => event.headers["x-id"];`;
  const once = { json: { priority: 1, dedupe: 60 }, script };
  const counts = "let runs = 0; export default () => (runs += 1);";
  const functions = { counts: fn("x", counts) };
  const app = await shared.with({ providers: { anything: once }, functions });
  const send = async (id: string) =>
    app.ended(await idIn(await app.send("x", { headers: { "x-id": id } })));
  const first = await send("1");
  for (let time = 0; time < 5; time++) expect((await send("1")).status).toBe("DUPLICATE");
  // A warm function counts its runs in a variable, including cancelled ones.
  expect([first, await send("2")].map(({ executions }) => executions[0]?.result)).toEqual([1, 2]);
});

test("memory that a duplicate took is given to the next waiting run", async () => {
  const script = `export default () => true;
    export const deliveryId = (event) => event.headers["x-id"];`;
  const once = { json: { priority: 1, dedupe: 60 }, script };
  const busy = "export default () => { for (const end = Date.now() + 50; Date.now() < end; ); };";
  const functions = { busy: fn("x", busy, { concurrency: 1 }) };
  const app = await shared.with({ providers: { anything: once }, functions });
  await app.ended(await idIn(await app.send("x")));
  for (const id of ["a", "b", "c"]) {
    // The first message holds the memory and storing waits for it; the second has none and is stored first.
    const send = async () => idIn(await app.send("x", { headers: { "x-id": id } }));
    const ids = await Promise.all([send(), send(), send()]);
    const ended = await Promise.all(ids.map((one) => app.ended(one)));
    const statuses = ended.map(({ status }) => status).toSorted();
    expect(statuses).toEqual(["DUPLICATE", "DUPLICATE", "SUCCESS"]);
  }
});
