/** The cache of known deliveries, without a query of the database, and its content after a restart. */
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { EndedOf } from "../../src/store/executions/execution-table.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations.ts";
import { Store } from "../../src/store/store.ts";
import {
  acceptedAs,
  DEDUPE_SECONDS,
  databaseFolder,
  messageOf,
  OUTCOMES,
  owed,
} from "./model/fixture.ts";

const NOW = 1_800_000_000_000;
const FUNCTIONS = [owed("a")] as const;
/** The number of schema steps before repetitions were stored. */
const BEFORE_REPETITIONS = MIGRATIONS.findIndex((sql) => sql.includes("repetition_of"));

const isRepeated = (store: Store, delivery: string, now = NOW) =>
  store.isRepeated(messageOf("m-2", now), acceptedAs(delivery, FUNCTIONS), now);

test("a delivery is known from when it is stored until its window ends, also after a restart", async () => {
  using folder = databaseFolder();
  const path = folder.newPath();
  const decision = acceptedAs("d-1", FUNCTIONS);
  {
    using store = new Store(path);
    expect(isRepeated(store, "d-1")).toBe(false);
    await store.accept(messageOf("m-1", NOW), decision, NOW);
    expect(isRepeated(store, "d-1")).toBe(true);
    expect(isRepeated(store, "d-2")).toBe(false);
  }
  using store = new Store(path);
  expect(isRepeated(store, "d-1")).toBe(true);
  expect(isRepeated(store, "d-1", NOW + DEDUPE_SECONDS * 1000)).toBe(false);
});

test("an entry that replaces another in memory is not mistaken for it", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  const stored = Array.from({ length: 600 }, async (_, number) => {
    const id = `m-${number}`;
    await store.accept(messageOf(id, NOW), acceptedAs(id, FUNCTIONS), NOW);
  });
  await Promise.all(stored);
  const known = Array.from({ length: 1200 }, (_, number) => isRepeated(store, `m-${number}`));
  expect(known.slice(600).filter(Boolean)).toEqual([]);
  // About two collisions among 600 entries in 262,144 places are chance. More would be an error.
  expect(known.slice(0, 600).filter(Boolean).length).toBeGreaterThan(590);
});

const BOTH = [owed("a"), owed("b")] as const;
/** `a` succeeds and `b` fails while their message is stored. */
const endedOf: EndedOf = (name) => ({
  outcome: OUTCOMES[name === "a" ? "success" : "fatal"],
  step: { status: name === "a" ? "SUCCESS" : "FAILED" },
  version: "v1",
  endedAt: NOW,
});
const again = (store: Store, now: number) =>
  store.accept(messageOf("m-2", now), acceptedAs("d-1", BOTH), now);
const repeated = { verdict: { status: "PENDING", repetitionOf: "m-1" } };

test("a repetition runs only the failed functions, also after the failed message was removed", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  await store.accept(messageOf("m-1", NOW), acceptedAs("d-1", BOTH), NOW, endedOf);
  expect((await store.upkeep.removeSome({ after: "", before: "n" })).count).toBe(1);
  expect(await again(store, NOW + 1)).toMatchObject(repeated);
  expect(store.details("m-2")?.executions.map((one) => one.function)).toEqual(["b"]);
});

test("after the window all functions run", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  await store.accept(messageOf("m-1", NOW), acceptedAs("d-1", BOTH), NOW, endedOf);
  const { verdict } = await again(store, NOW + DEDUPE_SECONDS * 1000);
  expect(verdict).toEqual({ status: "PENDING" });
  expect(store.details("m-2")?.executions.map((one) => one.function)).toEqual(["a", "b"]);
});

test("a resubmission of a message of an earlier window has no effect on this one", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  await store.accept(messageOf("m-1", NOW), acceptedAs("d-1", BOTH), NOW, endedOf);
  const later = NOW + DEDUPE_SECONDS * 1000;
  await store.accept(messageOf("m-0", later), acceptedAs("d-1", BOTH), later, endedOf);
  const copy = {
    ...messageOf("m-3", later),
    resubmission: { of: "m-1", judgedAt: NOW, edited: false },
  };
  await store.accept(copy, acceptedAs("d-1", BOTH), later, () => endedOf("a"));
  expect(store.details("m-3")?.row.status).toBe("SUCCESS");
  expect((await again(store, later)).verdict).toEqual({ status: "PENDING", repetitionOf: "m-0" });
});

test("runs that began before the message was known to be a repetition do not count", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  await store.accept(messageOf("m-1", NOW), acceptedAs("d-1", BOTH), NOW, endedOf);
  const decision = acceptedAs("d-1", BOTH);
  const accepted = await store.accept(messageOf("m-2", NOW), decision, NOW, endedOf);
  expect(accepted).toMatchObject({ ...repeated, claims: [] });
  expect(store.details("m-2")?.executions).toMatchObject([
    { function: "b", status: "PENDING", attempts: [] },
  ]);
});

test("functions that failed in a database of an earlier version run again", async () => {
  using folder = databaseFolder();
  const path = folder.newPath();
  const sqlite = new Database(path);
  for (const sql of MIGRATIONS.slice(0, BEFORE_REPETITIONS)) sqlite.exec(sql);
  sqlite.exec(`
    PRAGMA user_version = ${BEFORE_REPETITIONS};
    INSERT INTO message (id, received_at, method, uri, base_path, path, query_string, remote_address, body_bytes, sync, status, decided, provider, delivery_id)
      VALUES ('m-1', ${NOW}, 'POST', 'x', '/webhooks/v1', '/webhooks/v1/x', '', '127.0.0.1', 0, 0, 'FAILED', 1, 'sender', 'd-1');
    INSERT INTO execution (message_id, function, version, params, followed, retry, status)
      VALUES ('m-1', 'a', 'v1', '{}', 0, '{}', 'SUCCESS'), ('m-1', 'b', 'v1', '{}', 0, '{}', 'FAILED');
    INSERT INTO delivery (provider, delivery_id, message_id, expires_at)
      VALUES ('sender', 'x' || char(10) || 'd-1', 'm-1', ${NOW + 1000});`);
  sqlite.close();
  using store = new Store(path);
  expect(await again(store, NOW)).toMatchObject(repeated);
  expect(store.details("m-2")?.executions.map((one) => one.function)).toEqual(["b"]);
});
