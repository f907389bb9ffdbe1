/** Old messages are deleted in small batches and the file shrinks. Newer messages stay, and no request waits for it. */
import { randomBytes } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLogger } from "../../src/logger.ts";
import type { Decision } from "../../src/model/decision.ts";
import { newMessageId } from "../../src/model/message-id.ts";
import { Strangers } from "../../src/overload/strangers.ts";
import { Retention } from "../../src/retention/retention.ts";
import { Store } from "../../src/store/store.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { ANYTHING, fn, idIn, startTestApp } from "../support/test-app.ts";
import { upTo } from "../support/turns.ts";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2026-06-15T12:00:00Z");
const log = createLogger("silent");

let folder: string;
let path: string;
beforeEach(() => {
  folder = tempFolder().path;
  path = join(folder, "hookyard.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const UNMATCHED: Decision = { kind: "unmatched", trace: [] };

async function storeOne(
  store: Store,
  receivedAt: number,
  decision: Decision | "undecided" = UNMATCHED,
  body = Buffer.from("{}"),
): Promise<string> {
  const message = {
    id: newMessageId(receivedAt),
    receivedAt,
    method: "POST",
    uri: "x",
    basePath: "/webhooks/v1",
    path: "/webhooks/v1/x",
    queryString: "",
    headers: [],
    body,
    remoteAddress: "127.0.0.1",
    sync: false,
  };
  await store.accept(message, decision === "undecided" ? undefined : decision, receivedAt);
  return message.id;
}

const retentionOf = (store: Store, more: object) =>
  new Retention({
    store,
    log,
    now: () => NOW,
    retentionDays: 7,
    retentionBytes: 0,
    auditRetentionDays: 365,
    auditRetentionBytes: 0,
    strangers: new Strangers({
      log,
      limits: { strangerRate: 0, strangerBytes: 0 },
      onRefused: () => undefined,
      storedBytes: store.load.strangerBytes(),
      knownAddresses: [],
    }),
    ...more,
  });

test("ended messages that are too old are deleted with all their rows, and others stay", async () => {
  using store = new Store(path);
  const old = await storeOne(store, NOW - 8 * DAY_MS);
  const pending = await storeOne(store, NOW - 8 * DAY_MS, "undecided");
  const owed = await storeOne(store, NOW - 8 * DAY_MS, {
    kind: "accepted",
    trace: [],
    provider: "p",
    verification: { mode: "off", result: "skipped", reason: "" },
    dedupeSeconds: 0,
    sync: false,
    acceptStatus: 202,
    functions: [
      {
        name: "f",
        version: "1",
        params: {},
        retry: { maxAttempts: 1, backoffMs: 1, factor: 1, maxBackoffMs: 1 },
      },
    ],
  });
  const young = await storeOne(store, NOW - 6 * DAY_MS);
  await using retention = retentionOf(store, {});
  expect(await retention.run()).toBe(1);
  const found = [old, pending, owed, young].map((id) => store.details(id) !== undefined);
  expect(found).toEqual([false, true, true, true]);

  const { claims } = await store.claim(NOW, upTo(10));
  const [claim] = claims;
  if (claim === undefined) throw new Error("nothing was owed");
  const outcome = { kind: "success", logs: [], durationMs: 1 } as const;
  await store.record(claim, {
    outcome,
    step: { status: "SUCCESS" },
    version: "1",
    endedAt: NOW,
  });
  expect(await retention.run()).toBe(1);
  const rows = new Database(path, { readonly: true });
  for (const table of ["content", "execution", "attempt"])
    expect(rows.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get(), table).toBe(
      table === "content" ? 2 : 0,
    );
  rows.close();
});

test("with 0 days all messages are kept", async () => {
  using store = new Store(path);
  await storeOne(store, 1000);
  await using retention = retentionOf(store, { retentionDays: 0 });
  expect(await retention.run()).toBe(0);
});

test("a clock that jumps ahead does not delete the log", async () => {
  using store = new Store(path);
  await storeOne(store, NOW);
  let now = NOW;
  await using retention = retentionOf(store, { now: () => now });
  now += 365 * DAY_MS;
  expect(await retention.run()).toBe(0);
});

test("above the size limit the oldest messages are deleted, and the file shrinks", async () => {
  using store = new Store(path);
  const ids: string[] = [];
  const body = randomBytes(64 * 1024);
  for (let n = 0; n < 640; n++) ids.push(await storeOne(store, NOW + n, UNMATCHED, body));
  const { total } = store.upkeep.fileSize();
  expect(total).toBeGreaterThan(40e6);
  await using retention = retentionOf(store, { retentionBytes: 10e6 });
  const removed = await retention.run();
  expect(removed).toBeGreaterThan(400);
  const left = ids.map((id) => store.details(id) !== undefined);
  expect(left).toEqual(ids.map((_, index) => index >= removed));
  expect(store.upkeep.fileSize().total).toBeLessThan(15e6);
  store[Symbol.dispose]();
  expect(statSync(path).size).toBeLessThan(15e6);
});

test("a file from before files could shrink stays usable", async () => {
  const before = new Database(path);
  before.exec("CREATE TABLE earlier (a)");
  before.close();
  using store = new Store(path);
  for (let n = 0; n < 300; n++)
    await storeOne(store, NOW - 8 * DAY_MS, UNMATCHED, randomBytes(64 * 1024));
  await using retention = retentionOf(store, {});
  expect(await retention.run()).toBe(300);
  expect(store.upkeep.fileSize().free).toBeGreaterThan(10e6);
});

test("a server deletes old messages by itself while it answers", async () => {
  {
    using store = new Store(join(folder, "data", "hookyard.db"));
    for (let n = 0; n < 3000; n++) void storeOne(store, Date.now() - 8 * DAY_MS + n);
    await storeOne(store, Date.now() - 8 * DAY_MS);
  }
  const functions = { echo: fn("y", "export default () => 1;") };
  await using app = await startTestApp({ folder, providers: { anything: ANYTHING }, functions });
  const count = async () => {
    const response = await app.api("/messages?status=UNMATCHED&limit=200");
    return ((await response.json()) as { items: unknown[] }).items.length;
  };
  expect(await count()).toBe(200);
  const statuses = new Set<number>();
  const answered = async () => {
    statuses.add((await app.send("y", { headers: { "flex-sync-webhook": "true" } })).status);
    return await count();
  };
  await expect.poll(answered, { timeout: 90_000, interval: 20 }).toBe(0);
  expect([...statuses]).toEqual([200]);
});

test("a duplicate of a deleted message is answered without a wait", async () => {
  const json = { priority: 1, dedupe: 30 * 86_400 };
  const script = "export default () => true;\nexport const deliveryId = () => 'same';\n";
  const installed = {
    folder,
    providers: { anything: { json, script } },
    functions: { echo: fn("x", "export default () => 1;") },
    environment: { HOOKYARD_SYNC_TIMEOUT_MS: "600000" },
  };
  const headers = { "flex-sync-webhook": "true" };
  {
    await using app = await startTestApp(installed);
    expect((await app.send("x", { headers })).status).toBe(200);
  }
  {
    using store = new Store(join(folder, "data", "hookyard.db"));
    await using retention = retentionOf(store, { now: () => Date.now() + 8 * DAY_MS });
    expect(await retention.run()).toBe(1);
  }
  await using app = await startTestApp(installed);
  const again = await app.send("x", { headers });
  expect(again.status).toBe(202);
  expect((await app.ended(await idIn(again))).status).toBe("DUPLICATE");
});
