/** The program of sandbox processes is cached between starts, and built again when the cache is damaged. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundle } from "../../src/sandbox/main/bundle.ts";
import { SOURCE_FOLDERS } from "../../src/sandbox/main/cached-child-program.ts";
import { spawnServer, startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TOKEN } from "../support/test-app.ts";

let folder: string;
/** Opens the cache like the first start. */
let started: string;
beforeAll(async () => {
  makeFolder();
  started = folder;
  await startAndEnd();
}, 90_000);
afterAll(() => rmSync(started, { recursive: true, force: true }));
beforeEach(() => {
  makeFolder();
  cpSync(started, folder, { recursive: true });
});

function makeFolder(): void {
  folder = tempFolder().path;
  for (const name of ["providers", "functions"]) mkdirSync(join(folder, name));
}
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const environment = () => ({
  NODE_COMPILE_CACHE: join(folder, "cache"),
  HOOKYARD_DATA_DIR: join(folder, "data"),
  HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
  HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
  HOOKYARD_ADMIN_TOKEN: TOKEN,
});

async function startAndEnd(): Promise<void> {
  const server = await startServer(environment());
  await server.end("SIGTERM");
}

const keptFiles = () =>
  readdirSync(join(folder, "cache"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes("sandbox-"))
    .map((name) => join(folder, "cache", name));

test("the second start uses the cache of the first, and builds damaged files again", async () => {
  const [file = "", ...others] = keptFiles();
  expect(others).toEqual([]);
  const kept = readFileSync(file, "utf8");
  expect(Object.keys(JSON.parse(kept))).toEqual(["program"]);
  writeFileSync(file, kept.slice(0, 1000));
  await startAndEnd();
  expect(readFileSync(file, "utf8")).toBe(kept);
}, 90_000);

test.each(["child/main.ts", "guest/match-runner.ts", "guest/function-runner.ts"])(
  "a change of any file of %s builds the cached program anew",
  (entry) => {
    const source = new URL("../../src/", import.meta.url);
    const parts = bundle(new URL(`sandbox/${entry}`, source), (specifier) => specifier);
    const folders = parts.map(({ url }) => url.href.slice(source.href.length).split("/")[0]);
    expect(SOURCE_FOLDERS).toEqual(expect.arrayContaining([...new Set(folders)]));
  },
);

test("a server without a temporary folder logs the problem and ends", async () => {
  const server = spawnServer({ ...environment(), TMPDIR: join(folder, "nowhere") });
  await expect.poll(() => server.process.exitCode).toBe(1);
  expect(server.output()).toMatch(/no sandbox process can be started.*\n.*ENOENT.*nowhere/);
});

test.each(["no script", "an unknown script"])(
  "a server whose sandbox cannot start logs the problem and ends, with %s to load",
  async (which) => {
    const [file = ""] = keptFiles();
    const program = "process.stderr.write('a reason'); process.exit(7);";
    writeFileSync(file, JSON.stringify({ program }));
    if (which !== "no script") {
      mkdirSync(join(folder, "functions", "one"));
      const definition = { name: "one", provider: "any", uri: "in" };
      writeFileSync(join(folder, "functions/one/function.json"), JSON.stringify(definition));
      writeFileSync(join(folder, "functions/one/index.ts"), "export default () => 1;");
    }
    const server = spawnServer(environment());
    await expect.poll(() => server.process.exitCode).toBe(1);
    expect(server.output()).toMatch(
      /cannot start:\n.*no sandbox process can be started.*\na reason/,
    );
  },
);
