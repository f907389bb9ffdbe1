/** The writer of the message log: a sender is answered only after the fsync, and the write-ahead log stays short. */
import { symlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Checkpointer } from "../../src/store/sqlite/checkpointer.ts";
import { openDatabase } from "../../src/store/sqlite/database.ts";
import { GroupCommit } from "../../src/store/sqlite/group-commit.ts";
import { WalFile } from "../../src/store/sqlite/wal-file.ts";
import { databaseFolder } from "./model/fixture.ts";

test("a write whose fsync failed is refused, and so are all later writes", async () => {
  using folder = databaseFolder();
  const path = folder.newPath();
  const sqlite = openDatabase(path);
  // The file in place of the log cannot be synced.
  symlinkSync("/dev/null", `${path}-other-wal`);
  using log = new WalFile(`${path}-other`);
  let commits = 0;
  const group = new GroupCommit(sqlite, log, () => {
    commits++;
  });
  let runs = 0;
  const run = () => ++runs;
  await expect(group.write(run)).rejects.toThrow("EINVAL");
  await expect(group.write(run)).rejects.toThrow("EINVAL");
  expect({ runs, commits }).toEqual({ runs: 1, commits: 0 });
  sqlite.close();
});

test("writes during a slow fsync share the next one", async () => {
  using folder = databaseFolder();
  const path = folder.newPath();
  const sqlite = openDatabase(path);
  using log = new WalFile(path);
  const sizes: number[] = [];
  const group = new GroupCommit(sqlite, log, (_ms, writes) => sizes.push(writes));
  const first = group.write(() => 1);
  // The first group is written in the next turn.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const others = [2, 3, 4].map((value) => group.write(() => value));
  expect(await Promise.all([first, ...others])).toEqual([1, 2, 3, 4]);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(4);
  expect(sizes.length).toBeLessThanOrEqual(2);
  sqlite.close();
});

test("a long write-ahead log is copied into the database during writes, and restarted", async () => {
  using folder = databaseFolder();
  const path = folder.newPath();
  const sqlite = openDatabase(path);
  using checkpointer = new Checkpointer(path, sqlite);
  sqlite.exec("CREATE TABLE filler (bytes BLOB)");
  const insert = sqlite.prepare("INSERT INTO filler VALUES (zeroblob(40000))");
  const look = sqlite.prepare<[], { log: number }>("PRAGMA wal_checkpoint(NOOP)");
  const pages = () => look.get()?.log ?? 0;
  for (let at = 0; at < 400; at++) insert.run();
  expect(pages()).toBeGreaterThan(1900);
  const giveUpAt = Date.now() + 15_000;
  while (pages() > 200 && Date.now() < giveUpAt) {
    insert.run();
    checkpointer.committed();
    await sleep(1);
  }
  expect(pages()).toBeLessThanOrEqual(200);
  sqlite.close();
});

test("a report of the checkpoint thread that arrives after its end does no harm", async () => {
  using folder = databaseFolder();
  const path = folder.newPath();
  const sqlite = openDatabase(path);
  const checkpointer = new Checkpointer(path, sqlite);
  sqlite.exec("CREATE TABLE filler (bytes BLOB)");
  const insert = sqlite.prepare("INSERT INTO filler VALUES (zeroblob(40000))");
  for (let at = 0; at < 400; at++) insert.run();
  for (let at = 0; at < 16; at++) checkpointer.committed();
  // The thread starts, copies and reports while this thread is blocked.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  checkpointer[Symbol.dispose]();
  sqlite.close();
  await sleep(100);
});

test("an fsync that ends after the database has closed does no harm", () => {
  using folder = databaseFolder();
  const path = folder.newPath();
  const sqlite = openDatabase(path);
  const checkpointer = new Checkpointer(path, sqlite);
  checkpointer[Symbol.dispose]();
  sqlite.close();
  for (let at = 0; at < 16; at++) expect(() => checkpointer.committed()).not.toThrow();
});
