/** A script that passed its check is not checked again at the next start. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { createLogger } from "../../src/logger.ts";
import { Sandbox } from "../../src/sandbox/main/sandbox.ts";
import type { Checked } from "../../src/sandbox/main/script-check.ts";
import { Store } from "../../src/store/store.ts";
import { tempFolder } from "../support/temp-folder.ts";

const DAY_MS = 86_400_000;
const GOOD = "export default () => true;\nexport const verify = () => true;\n";
/** A result that checking `GOOD` would not give. */
const MARK = '["from the row"]';

interface Checking {
  readonly path: string;
  readonly now?: number;
  readonly properties?: Readonly<Record<string, readonly string[]>>;
}

/** Checks one script in a new sandbox, like a server that starts, checks it and ends. */
async function check(source: string, { path, now = 0, properties = {} }: Checking) {
  using store = new Store(path);
  const checkCache = {
    find: (key: string) => store.checks.find(key, now),
    keep: (key: string, exports: readonly string[]) => store.checks.keep(key, exports, now),
  };
  const log = createLogger("silent");
  await using sandbox = new Sandbox({ processes: 1, log, checkCache });
  return await sandbox.check({
    role: "match",
    filename: "providers/a/match.ts",
    source,
    properties,
  });
}

const exportsOf = (checked: Checked) => (checked.fault === undefined ? checked.exports : []);

function rows(path: string): readonly { readonly exports: string; readonly used_at: number }[] {
  const database = new Database(path);
  const found = database.prepare<[], { exports: string; used_at: number }>(
    "SELECT exports, used_at FROM script_check",
  );
  const all = found.all();
  database.close();
  return all;
}

function mark(path: string): void {
  const database = new Database(path);
  database.prepare("UPDATE script_check SET exports = ?").run(MARK);
  database.close();
}

test("a stored check is used until the script or the names it sees change", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "hookyard.db");
  expect(exportsOf(await check(GOOD, { path }))).toEqual(["default", "verify"]);
  mark(path);
  expect(exportsOf(await check(GOOD, { path }))).toEqual(["from the row"]);
  expect(exportsOf(await check(`${GOOD};`, { path }))).toEqual(["default", "verify"]);
  const secret = (value: string) => ({ path, properties: { key: [value] } });
  expect(exportsOf(await check(GOOD, secret("one")))).toEqual(["default", "verify"]);
  mark(path);
  // Values are left out: a script cannot see them when it is loaded, and a digest could reveal a weak secret.
  expect(exportsOf(await check(GOOD, secret("two")))).toEqual(["from the row"]);
});

test("a script that failed its check is checked again", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "hookyard.db");
  for (const source of ["throw new Error('no');\nexport default () => 1;", "export default ("]) {
    expect((await check(source, { path })).fault).toBeDefined();
  }
  expect(rows(path)).toEqual([]);
});

test("a check that was not used for ninety days is deleted", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "hookyard.db");
  await check(GOOD, { path, now: 0 });
  await check("export default () => 2;", { path, now: 10 * DAY_MS });
  await check(GOOD, { path, now: 80 * DAY_MS });
  await check("export default () => 3;", { path, now: 101 * DAY_MS });
  // The exports of each script, and the positions of its types.
  expect(
    rows(path)
      .map(({ used_at }) => used_at / DAY_MS)
      .toSorted((a, b) => a - b),
  ).toEqual([80, 80, 101, 101]);
});
