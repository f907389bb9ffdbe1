/**
 * The audit log has each change, each resubmission and each read of a message. A change and its entry share a
 * transaction.
 */
import { expect, test } from "vitest";
import { createLogger } from "../../src/logger.ts";
import { Strangers } from "../../src/overload/strangers.ts";
import { Retention } from "../../src/retention/retention.ts";
import { openFresh } from "../support/fresh-store.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly caller: string | null;
  readonly action: string;
  readonly target: string;
  readonly before: unknown;
  readonly after: unknown;
}

async function audit(app: TestApp, query = "") {
  const response = await app.api(`/audit?${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as { items: Entry[]; nextCursor: string | null };
}

const post = (app: TestApp, path: string, body: object = {}, method = "POST") =>
  app.api(path, { method, body: JSON.stringify(body) });

test("changes of tokens and scripts are logged with the values before and after", async () => {
  await using app = await startTestApp();
  const expiresAt = "2100-01-01T00:00:00.000Z";
  await post(app, "/tokens", { name: "ci", permissions: ["messages:read"], expiresAt });
  await app.api("/tokens/ci", { method: "DELETE" });
  const script = "export default () => true;";
  await post(app, "/providers", { name: "acme", priority: 1, script, note: "new here" });
  await post(app, "/providers/acme", { priority: 2 }, "PATCH");
  await app.api("/providers/acme", { method: "DELETE" });
  const { items } = await audit(app);
  expect(items.map(({ caller, action, target }) => [caller, action, target])).toEqual([
    ["admin", "provider.delete", "acme"],
    ["admin", "provider.change", "acme"],
    ["admin", "provider.create", "acme"],
    ["admin", "token.delete", "ci"],
    ["admin", "token.create", "ci"],
    [null, "token.set", "admin"],
  ]);
  expect(items[0]).toMatchObject({ before: { number: 2 }, after: null });
  expect(items[1]).toMatchObject({ before: { number: 1 }, after: { number: 2 } });
  expect(items[2]).toMatchObject({ before: null, after: { number: 1, note: "new here" } });
  const token = { permissions: ["messages:read"], expiresAt };
  expect(items[3]).toMatchObject({ before: token, after: null });
  expect(items[4]).toMatchObject({ before: null, after: token });
});

test("each resubmission is logged, also in bulk, and each read of a message at most once a minute", async () => {
  await using app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: { one: fn("x", "export default () => 1;") },
  });
  const first = await idIn(await app.send("x", { body: "abc" }));
  await app.ended(first);
  const copy = await idIn(await post(app, `/messages/${first}/resubmit`, { body: "b" }));
  await app.ended(copy);
  await post(app, "/messages/resubmit", { uri: "x" });
  const resubmitted = (await audit(app, "action=message.resubmit")).items;
  expect(resubmitted).toHaveLength(3);
  expect(resubmitted.map(({ target }) => target).toSorted()).toEqual([first, first, copy]);
  expect(resubmitted.at(-1)).toMatchObject({
    caller: "admin",
    target: first,
    after: { messageId: copy, edited: true },
  });
  await app.api(`/messages/${first}/body`);
  await app.api("/messages?q=abc&uri=x");
  const reads = async () =>
    (await audit(app)).items.filter(({ action }) => /read|search/.test(action));
  await expect.poll(async () => (await reads()).length).toBe(4);
  expect(await reads()).toMatchObject([
    { action: "message.search", after: { uri: "x" } },
    { action: "message.read", target: first, after: { what: "body" } },
    { action: "message.read", target: copy, after: null },
    { action: "message.read", target: first, after: null },
  ]);
});

test("scripts that are tested on messages are logged as reads of them", async () => {
  await using app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: { one: fn("x", "export default () => 1;") },
  });
  const messageId = await idIn(await app.send("x", { body: "abc" }));
  await app.ended(messageId);
  expect((await post(app, "/test-runs", { function: "one", messageId })).status).toBe(200);
  const started = await post(app, "/backtests", { last: 5, order: ["anything"] });
  expect(started.status).toBe(202);
  const { id } = (await started.json()) as { id: string };
  const found = async (query: string) => (await audit(app, query)).items;
  await expect
    .poll(() => found("action=backtest.start"))
    .toMatchObject([{ caller: "admin", target: id, after: { messages: 1 } }]);
  expect(await found(`target=${messageId}`)).toMatchObject([
    { action: "message.read", after: { what: "test run" } },
    { action: "message.read", after: null },
  ]);
});

test("the log is filtered and paged by cursor", async () => {
  await using app = await startTestApp();
  for (const name of ["a", "b", "c"])
    await post(app, "/tokens", { name, permissions: ["messages:read"] });
  const targets = async (query: string) =>
    (await audit(app, query)).items.map(({ target }) => target);
  expect(await targets("action=token.create")).toEqual(["c", "b", "a"]);
  expect(await targets("target=b")).toEqual(["b"]);
  expect(await targets("caller=nobody")).toEqual([]);
  expect(await targets("to=2020-01-01T00:00:00Z")).toEqual([]);
  expect(await targets("from=2020-01-01T00:00:00Z&limit=1")).toEqual(["c"]);
  const page = await audit(app, "limit=2&caller=admin");
  expect(page.items.map(({ target }) => target)).toEqual(["c", "b"]);
  expect(await audit(app, `limit=2&caller=admin&cursor=${page.nextCursor}`)).toMatchObject({
    items: [{ target: "a" }],
    nextCursor: null,
  });
  for (const wrong of ["action=none", "limit=0", "cursor=x", "colour=red"])
    expect((await app.api(`/audit?${wrong}`)).status).toBe(400);
});

test("the audit log has its own retention, independent of messages", async () => {
  using fresh = openFresh();
  const { store } = fresh;
  const day = 86_400_000;
  const now = 1e12;
  for (let n = 0; n < 1200; n++) void store.audit.noteRead(read(`old-${n}`, now - 31 * day));
  await store.audit.noteRead(read("young", now - 29 * day));
  await using retention = new Retention({
    store,
    log: createLogger("silent"),
    now: () => now,
    retentionDays: 7,
    retentionBytes: 0,
    auditRetentionDays: 30,
    auditRetentionBytes: 0,
    strangers: new Strangers({
      log: createLogger("silent"),
      limits: { strangerRate: 0, strangerBytes: 0 },
      onRefused: () => undefined,
      storedBytes: 0,
      knownAddresses: [],
    }),
  });
  await retention.run();
  expect(store.audit.list({ limit: 10 }).items).toMatchObject([{ target: "young" }]);
});

test("a change that fails leaves no entry, and an entry that cannot be written undoes the change", async () => {
  using fresh = openFresh();
  const { store, sqlite } = fresh;
  await store.tokens.ensureAdmin("a token of the tests", 1);
  sqlite.exec(
    "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END",
  );
  const wanted = { name: "ci", permissions: ["admin"], expiresAt: null } as const;
  await expect(store.tokens.create(wanted, "admin", 2)).rejects.toMatchObject({
    code: "storage_unavailable",
  });
  expect(store.tokens.list().map(({ name }) => name)).toEqual(["admin"]);
  sqlite.exec("DROP TRIGGER full");
  expect(await store.tokens.create(wanted, "admin", 3)).toMatch(/^hky_/);
  expect(await store.tokens.create(wanted, "admin", 4)).toBeUndefined();
  expect(store.audit.list({ target: "ci", limit: 10 }).items).toHaveLength(1);
});

const read = (target: string, at: number) =>
  ({ at, caller: "admin", action: "message.read", target }) as const;
