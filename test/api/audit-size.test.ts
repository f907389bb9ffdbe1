/** The audit log stays small, however long the callers' values are and however often they call. */
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLogger } from "../../src/logger.ts";
import type { AuditAction } from "../../src/model/audit.ts";
import { Strangers } from "../../src/overload/strangers.ts";
import { Retention } from "../../src/retention/retention.ts";
import { entryTexts } from "../../src/store/access/bounded-entry.ts";
import type { Store } from "../../src/store/store.ts";
import { openFresh } from "../support/fresh-store.ts";
import { ANYTHING, fn, startTestApp, type TestApp } from "../support/test-app.ts";

const MOST = 4096;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: { one: fn("x", "export default () => 1;") },
  });
});
afterAll(() => app[Symbol.asyncDispose]());

interface Row {
  readonly action: string;
  readonly after: string | null;
  readonly bytes: number;
}

function rows(): readonly Row[] {
  const sqlite = new Database(`${app.folder}/data/hookyard.db`, { readonly: true });
  const all = sqlite
    .prepare<[], Row>(
      `SELECT action, after, length(CAST(concat(caller, action, target, before, after) AS BLOB)) AS bytes
       FROM audit ORDER BY id`,
    )
    .all();
  sqlite.close();
  return all;
}

const search = (query: Readonly<Record<string, string>>) =>
  app.api(`/messages?${new URLSearchParams({ q: "x", ...query })}`);

test("a search with filters of 60 KB leaves an entry of at most four kilobytes that says what was cut", async () => {
  const before = rows().length;
  const filters = (n: number) => [
    { uri: `${n}${"u".repeat(55_000)}` },
    { uri: `${n}`, provider: "ä".repeat(4000), function: "\u{1f600}".repeat(1500) },
    { eventType: '"\\'.repeat(8000), uri: `${n}` },
    { uri: `${n}fits` },
  ];
  for (let n = 0; n < 3; n++)
    for (const filter of filters(n)) expect((await search(filter)).status).toBe(200);
  await expect.poll(() => rows().length).toBe(before + 12);
  const entries = rows().slice(before);
  for (const { bytes } of entries) expect(bytes).toBeLessThanOrEqual(MOST);
  const afters = entries.map(({ after }) => JSON.parse(after ?? ""));
  expect(afters[0]).toMatchObject({ cut: ["uri"] });
  expect(afters[0].uri).toMatch(/^0u+… \(55001 characters, SHA-256 [0-9a-f]{16}\)$/);
  expect(afters[1].cut).toEqual(["provider", "function"]);
  expect(afters[3]).toEqual({ uri: "0fits" });
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(total).toBeLessThan(12 * 1024);
});

test("a resubmission of many functions, a script with a long note and a test run with many grants leave entries of at most four kilobytes", async () => {
  const { messageId: id } = (await (await app.send("x")).json()) as { messageId: string };
  await app.ended(id);
  const functions = ["one", ...Array.from({ length: 2000 }, () => "one")];
  const allow = Array.from({ length: 90 }, (_, n) => `https://host-${n}.example.org`);
  const script = "export default () => 1;";
  const made = { name: "long", provider: "anything", uri: "y", http: { allow }, script };
  const calls = [
    [`/messages/${id}/resubmit`, { functions }],
    ["/functions", { ...made, note: "n".repeat(500) }],
    [
      "/test-runs",
      { function: { ...made, name: "other", script: undefined }, script, request: {} },
    ],
    [
      "/backtests",
      { functions: Array.from({ length: 30 }, (_, n) => ({ ...made, name: `f-${n}` })) },
    ],
  ] as const;
  for (const [path, body] of calls) {
    const response = await app.api(path, { method: "POST", body: JSON.stringify(body) });
    expect(response.ok, `${path}: ${await response.text()}`).toBe(true);
  }
  const actions = ["message.resubmit", "function.create", "test-run.start", "backtest.start"];
  const entries = rows().filter(({ action }) => actions.includes(action));
  expect(new Set(entries.map(({ action }) => action))).toEqual(new Set(actions));
  for (const { bytes, after } of entries) {
    expect(bytes).toBeLessThanOrEqual(MOST);
    expect(JSON.parse(after ?? "")).toBeTypeOf("object");
  }
});

test("any entry fits its limit and is JSON", () => {
  const entries = fc.record({
    target: fc.string({ unit: "binary", maxLength: 3000 }),
    before: fc.option(fc.object({ maxKeys: 60, maxDepth: 5 }), { nil: undefined }),
    after: fc.object({
      maxKeys: 60,
      values: [fc.string({ unit: "binary", maxLength: 20_000 }), fc.double(), fc.boolean()],
      key: fc.string({ unit: "binary", maxLength: 2000 }),
    }),
  });
  fc.assert(
    fc.property(entries, (entry) => {
      const texts = entryTexts({ at: 1, caller: "c".repeat(63), action: "token.create", ...entry });
      const { target, before, after } = texts;
      const bytes = Buffer.byteLength([target, before, after].join(""));
      expect(bytes + 63 + "token.create".length).toBeLessThanOrEqual(MOST);
      for (const text of [before, after]) if (text !== null) expect(JSON.parse(text)).toBeDefined();
    }),
    { numRuns: 200 },
  );
});

test("calls that are refused or fail leave no entry", async () => {
  const count = rows().length;
  const bad = { authorization: "Bearer nothing-that-is-known" };
  const missing = "00000000-0000-7000-8000-000000000000";
  for (let n = 0; n < 5; n++) {
    await app.api(`/messages?q=anonymous-${n}`, { headers: bad });
    await app.api(`/messages?q=x&limit=0&uri=${n}`);
    await app.api(`/messages/${missing}`);
    await app.api(`/messages/${missing}/body`);
    const posts = [
      ["/messages/resubmit", { q: `x${n}`, from: "never" }],
      ["/test-runs", { function: "one", messageId: missing }],
      ["/test-runs", { function: { name: "one", retry: n }, request: {} }],
      ["/backtests", { order: [`none-${n}`] }],
    ] as const;
    for (const [path, body] of posts)
      expect((await app.api(path, { method: "POST", body: JSON.stringify(body) })).ok).toBe(false);
  }
  expect(rows().length).toBe(count);
});

const retention = (store: Store, auditRetentionBytes: number) =>
  new Retention({
    store,
    log: createLogger("silent"),
    now: () => 1e12,
    retentionDays: 0,
    retentionBytes: 0,
    auditRetentionDays: 0,
    auditRetentionBytes,
    strangers: new Strangers({
      log: createLogger("silent"),
      limits: { strangerRate: 0, strangerBytes: 0 },
      onRefused: () => undefined,
      storedBytes: 0,
      knownAddresses: [],
    }),
  });

const noted = (action: AuditAction, target: string) => ({
  at: 1,
  caller: "a",
  action,
  target,
  after: { text: "x".repeat(200) },
});

test("the log is bounded by bytes: the oldest reads are deleted first, and changes only when no reads are left", async () => {
  using fresh = openFresh();
  const { store } = fresh;
  const write = async (action: AuditAction, from: number, to: number) => {
    const writes = Array.from({ length: to - from }, (_, n) =>
      store.audit.note(noted(action, `${action}-${from + n}`)),
    );
    await Promise.all(writes);
  };
  const targets = () => store.audit.list({ limit: 5000 }).items.map(({ target }) => target);
  await write("token.create", 0, 20);
  await write("message.search", 0, 2000);
  await using small = retention(store, 100_000);
  await small.run();
  const left = targets();
  const reads = left.filter((target) => target.startsWith("message"));
  expect(left.length - reads.length).toBe(20);
  expect(reads.length).toBeGreaterThan(100);
  expect(reads).toEqual(
    Array.from({ length: reads.length }, (_, n) => `message.search-${1999 - n}`),
  );
  // The next pass counts entries that are added after this one.
  await write("message.search", 2000, 2500);
  await small.run();
  expect(targets()).toHaveLength(left.length);
  expect(targets()[0]).toBe("message.search-2499");
  await write("token.create", 20, 600);
  await small.run();
  expect(targets().filter((target) => target.startsWith("message"))).toEqual([]);
  expect(targets()[0]).toBe("token.create-599");
  await using unbounded = retention(store, 0);
  const before = targets().length;
  await unbounded.run();
  expect(targets()).toHaveLength(before);
});
