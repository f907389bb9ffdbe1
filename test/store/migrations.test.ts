/**
 * Schema migrations: after a kill at any point the next start completes them, and a start waits for a locked database.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/store/sqlite/database.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations.ts";
import { spawnServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TOKEN } from "../support/test-app.ts";
import { databaseFolder } from "./model/fixture.ts";

const ROOT = new URL("../../", import.meta.url).href;

/** Migrates a database and kills itself before a statement, named by its text or number. */
const MIGRATE_AND_DIE = `
import { writeSync } from "node:fs";
import Database from "better-sqlite3";
import { migrate } from "${ROOT}src/store/sqlite/database.ts";
const [path, dieAt] = process.argv.slice(1);
let statements = 0;
const verbose = (sql) => {
  statements++;
  if (dieAt !== String(statements) && dieAt !== sql.trim()) return;
  writeSync(1, sql.trim());
  process.kill(process.pid, "SIGKILL");
};
migrate(new Database(path, { verbose }), path);
`;

function schemaOf(path: string): readonly unknown[] {
  const sqlite = new Database(path, { readonly: true });
  const sql = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name";
  const rows = sqlite.prepare(sql).all();
  const version = sqlite.pragma("user_version", { simple: true });
  sqlite.close();
  return [version, ...rows];
}

/** A database of that schema, as an earlier version of the program wrote it. */
function makeOld(path: string, version: number): void {
  const sqlite = new Database(path);
  sqlite.pragma("journal_mode = WAL");
  for (const sql of MIGRATIONS.slice(0, version)) sqlite.exec(sql);
  sqlite.pragma(`user_version = ${version}`);
  sqlite.close();
}

const steps = MIGRATIONS.map((_, version) => ({ version }));

test.each(steps)(
  "killed in the step from schema $version, the next start completes it",
  { timeout: 60_000 },
  ({ version }) => {
    using folder = databaseFolder();
    const whole = folder.newPath();
    openDatabase(whole).close();
    // The kills are inside the step, after it, and just before the commit.
    for (const dieAt of ["4", `PRAGMA user_version = ${version + 1}`, "COMMIT"]) {
      const path = folder.newPath();
      makeOld(path, version);
      const before = schemaOf(path);
      const args = ["--input-type=module", "--eval", MIGRATE_AND_DIE, path, dieAt];
      const { signal, stdout } = spawnSync(process.execPath, args, {
        encoding: "utf8",
        timeout: 90_000,
      });
      expect([signal, stdout]).toEqual(["SIGKILL", dieAt === "4" ? expect.any(String) : dieAt]);
      expect(schemaOf(path)).toEqual(before);
      openDatabase(path).close();
      expect(schemaOf(path)).toEqual(schemaOf(whole));
    }
  },
);

test("a start with an older schema and a locked database waits, logs it, and can be stopped", {
  timeout: 60_000,
}, async () => {
  const folder = tempFolder().path;
  for (const name of ["providers", "functions", "data"]) mkdirSync(join(folder, name));
  const path = join(folder, "data/hookyard.db");
  makeOld(path, 1);
  const other = new Database(path);
  other.exec("BEGIN IMMEDIATE");
  const start = () =>
    spawnServer({
      HOOKYARD_DATA_DIR: join(folder, "data"),
      HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
      HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
      HOOKYARD_ADMIN_TOKEN: TOKEN,
    });
  const ended = start();
  const waits = /database is locked[\s\S]*it is tried again/;
  await expect.poll(() => ended.output()).toMatch(waits);
  expect(await ended.end("SIGTERM")).toBe(0);
  const server = start();
  try {
    await expect.poll(() => server.output()).toMatch(waits);
    other.exec("ROLLBACK");
    await expect.poll(() => server.url).not.toBe("");
    expect(schemaOf(path)[0]).toBe(MIGRATIONS.length);
  } finally {
    other.close();
    await server.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});
