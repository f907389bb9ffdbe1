/** A write that fails at any point changes nothing, returns an error, and can be repeated. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { Store } from "../../src/store/store.ts";
import {
  armFault,
  disarmFaults,
  FAULTS,
  failFor,
  installFaults,
  TABLES_OF_ACCEPT,
} from "./model/faults.ts";
import {
  AT_ONCE,
  acceptedAs,
  committedRows,
  copyAsAfterKill,
  databaseFolder,
  messageOf,
  owed,
} from "./model/fixture.ts";
import { NOW, OPERATIONS, type Operation } from "./model/operations.ts";

const UNAVAILABLE = { code: "storage_unavailable", retryAfterSeconds: 5 };

/** The rows that an operation writes when it succeeds. */
async function rowsAfter({ prepare }: Operation, path: string) {
  using store = new Store(path);
  await (await prepare(store))();
  return committedRows(path);
}

/** The error of a rejected promise; undefined for one that was fulfilled. */
const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const CASES = Object.entries(OPERATIONS).flatMap(([name, operation]) =>
  FAULTS.map((how) => ({ name, operation, how })),
);

test.each(CASES)(
  "$name: when a change fails ($how) nothing is written, and it works when tried again",
  async ({ operation, how }) => {
    using folder = databaseFolder();
    const expected = await rowsAfter(operation, folder.newPath());
    let failures = 0;
    for (let at = 1; ; at++) {
      const path = folder.newPath();
      using store = new Store(path);
      const run = await operation.prepare(store);
      installFaults(path);
      const before = committedRows(path);
      armFault(path, at, how);
      const error = await errorOf(run());
      if (error === undefined) break;
      failures++;
      expect(error).toMatchObject(UNAVAILABLE);
      expect(committedRows(path)).toEqual(before);
      disarmFaults(path);
      await run();
      expect(committedRows(path)).toEqual(expected);
    }
    expect(failures).toBeGreaterThan(0);
  },
);

test.each(Object.entries(OPERATIONS))(
  "%s: while the database is locked nothing is written, and it works when tried again",
  async (_, operation) => {
    using folder = databaseFolder();
    const expected = await rowsAfter(operation, folder.newPath());
    const path = folder.newPath();
    using store = new Store(path);
    const run = await operation.prepare(store);
    const before = committedRows(path);
    const other = new Database(path);
    other.exec("BEGIN IMMEDIATE");
    expect(await errorOf(run())).toMatchObject(UNAVAILABLE);
    expect(committedRows(path)).toEqual(before);
    other.exec("ROLLBACK");
    other.close();
    await run();
    expect(committedRows(path)).toEqual(expected);
  },
);

/** Limits the size of the files of this process. */
function limitFiles(size: number | "unlimited"): void {
  const args = [`--pid=${process.pid}`, `--fsize=${size}:`];
  const { status, stderr } = spawnSync("prlimit", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`prlimit of util-linux is needed: ${stderr}`);
}

/** The limit is less than a page of the write-ahead log, so some writes end inside a page. */
const STEP_BYTES = 3000;

test.each(Object.entries(OPERATIONS))(
  "%s: when the disk takes only some of the pages nothing is written, also after a kill",
  async (_, operation) => {
    using folder = databaseFolder();
    const expected = await rowsAfter(operation, folder.newPath());
    let failures = 0;
    for (let room = 0; ; room += STEP_BYTES) {
      const path = folder.newPath();
      using store = new Store(path);
      const run = await operation.prepare(store);
      const before = committedRows(path);
      limitFiles(statSync(`${path}-wal`).size + room);
      const error = await errorOf(run());
      limitFiles("unlimited");
      if (error === undefined) break;
      failures++;
      expect(error).toMatchObject(UNAVAILABLE);
      expect(committedRows(path)).toEqual(before);
      const copy = folder.newPath();
      copyAsAfterKill(path, copy);
      expect(committedRows(copy)).toEqual(before);
      await run();
      expect(committedRows(path)).toEqual(expected);
    }
    expect(failures).toBeGreaterThan(0);
  },
);

const SHARED = TABLES_OF_ACCEPT.flatMap((table) => FAULTS.map((how) => ({ table, how })));

test.each(SHARED)(
  "a write that fails in $table ($how) does not fail the other writes of its commit",
  async ({ table, how }) => {
    using folder = databaseFolder();
    const path = folder.newPath();
    using store = new Store(path);
    const ids = ["m-1", "m-2", "m-3", "m-4"];
    const accept = (id: string) =>
      store.accept(messageOf(id, NOW), acceptedAs(id, [owed("a")]), NOW, AT_ONCE);
    failFor(path, "m-3", table, how);
    const settled = await Promise.allSettled(ids.map(accept));
    const kept = ids.filter((_, index) => settled[index]?.status === "fulfilled");
    // When SQLite itself has ended the transaction no single write is at fault, so all of its writes are refused.
    expect(kept).toEqual(how === "rollback" ? [] : ["m-1", "m-2", "m-4"]);
    expect(idsOf(path)).toEqual(kept);
    disarmFaults(path);
    await Promise.all(ids.filter((id) => !kept.includes(id)).map(accept));
    expect(idsOf(path)).toEqual(ids);
  },
);

const idsOf = (path: string) =>
  (committedRows(path)["message"] as { readonly id: string }[]).map(({ id }) => id);
