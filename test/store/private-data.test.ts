/** Files that another user of the machine could read or write, and a server that starts with any umask. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { programFrom } from "../../src/sandbox/main/cached-child-program.ts";
import { tightenFiles } from "../../src/store/sqlite/tighten.ts";
import { collectLog } from "../support/collected-log.ts";
import { startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TOKEN } from "../support/test-app.ts";

const QUIET = ["--disable-warning=ExperimentalWarning"];

let folder: string;
const dataPath = (name: string) => join(folder, "data", name);
beforeEach(() => {
  folder = tempFolder().path;
  for (const name of ["providers", "functions", "data", "cache"]) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;
const files = (parent: string) =>
  readdirSync(parent, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

async function startAndEnd(): Promise<string> {
  const umask = process.umask(0);
  try {
    const server = await startServer({
      NODE_COMPILE_CACHE: join(folder, "cache"),
      HOOKYARD_DATA_DIR: join(folder, "data"),
      HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
      HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
      HOOKYARD_ADMIN_TOKEN: TOKEN,
    });
    const paths = files(join(folder, "data"));
    expect(paths.map((path) => [path, modeOf(path)])).toEqual(paths.map((path) => [path, 0o600]));
    await server.end("SIGTERM");
    return server.output();
  } finally {
    process.umask(umask);
  }
}

const keptProgram = () => files(join(folder, "cache")).find((path) => /sandbox-/.test(path)) ?? "";

test("with any umask, only the owner may read files of the data folder and the cached program", async () => {
  await startAndEnd();
  const kept = keptProgram();
  expect([modeOf(kept), modeOf(dirname(kept))]).toEqual([0o600, 0o700]);

  // The files as an older version left them, with a copy that the operator made.
  const copy = dataPath("monday.sqlite");
  writeFileSync(copy, readFileSync(dataPath("hookyard.db")));
  for (const path of files(join(folder, "data"))) chmodSync(path, 0o644);
  chmodSync(join(folder, "data"), 0o777);
  const output = await startAndEnd();
  expect([modeOf(copy), modeOf(join(folder, "data"))]).toEqual([0o600, 0o755]);
  expect(output).toMatch(/"path":"[^"]*hookyard\.db","mode":"0644"/);
}, 60_000);

test.each<[string, (kept: string) => void]>([
  ["that others can write", (kept) => chmodSync(kept, 0o666)],
  ["that the group can write", (kept) => chmodSync(kept, 0o620)],
  ["of another user", (kept) => chownSync(kept, 12_345, 12_345)],
  ["in a folder others can write to", (kept) => chmodSync(dirname(kept), 0o777)],
  ["in a folder of another user", (kept) => chownSync(dirname(kept), 12_345, 12_345)],
  [
    "that is a link",
    (kept) => {
      writeFileSync(join(folder, "planted"), readFileSync(kept));
      rmSync(kept);
      symlinkSync(join(folder, "planted"), kept);
    },
  ],
])("a cached program %s is not executed, but built again", (_what, damage) => {
  cpSync(cacheOnce(), join(folder, "cache"), { recursive: true });
  const kept = keptProgram();
  const { program } = JSON.parse(readFileSync(kept, "utf8"));
  writeFileSync(kept, JSON.stringify({ program: "process.exit(7)" }));
  damage(kept);
  expect(childProgram()).toBe(program);
  expect([modeOf(kept), statSync(kept).uid]).toEqual([0o600, process.getuid?.()]);
});

test("a cached program that only the owner can write is executed", () => {
  cpSync(cacheOnce(), join(folder, "cache"), { recursive: true });
  writeFileSync(keptProgram(), JSON.stringify({ program: "process.exit(7)" }));
  expect(childProgram()).toBe("process.exit(7)");
});

/** A cache that contains the program. */
let filled: string | undefined;
function cacheOnce(): string {
  if (filled !== undefined) return filled;
  filled = tempFolder().path;
  childProgram(filled);
  return filled;
}
afterAll(() => {
  if (filled !== undefined) rmSync(filled, { recursive: true, force: true });
});

const childProgram = (cache = join(folder, "cache")): string => programFrom(cache).toString();

test("files that are no database keep their mode", () => {
  const [database, copy, notes] = ["hookyard.db", "hookyard.db.bak", "notes.txt"].map(dataPath);
  for (const path of [database, copy, notes]) writeFileSync(path ?? "", "text", { mode: 0o640 });
  const { log, texts } = collectLog();
  tightenFiles(database ?? "", log);
  expect([database, copy, notes].map((path) => modeOf(path ?? ""))).toEqual([0o600, 0o600, 0o640]);
  expect(texts()).toHaveLength(2);
});

test("a database of another user that others can read is refused, and the error has the command to run", () => {
  const database = dataPath("hookyard.db");
  writeFileSync(database, "", { mode: 0o644 });
  chmodSync(folder, 0o755);
  // The child changes its user after all files are loaded, because that user may not be allowed to read the checkout.
  const becomesOther =
    process.getuid?.() === 0 ? "process.setgid(65534); process.setuid(65534);" : "";
  const program = `
    import { tightenFiles } from ${JSON.stringify(new URL("../../src/store/sqlite/tighten.ts", import.meta.url).pathname)};
    ${becomesOther}
    try { tightenFiles(${JSON.stringify(database)}, { warn() {} }); } catch (error) { console.log(error.code, error.message); }`;
  const { stdout } = spawnSync(process.execPath, [...QUIET, "--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  if (process.getuid?.() !== 0) return;
  expect(stdout).toMatch(
    /^database_unusable .*hookyard\.db has mode 0644 and belongs to user 0.*Run chmod 600 .*hookyard\.db as user 0/,
  );
});
