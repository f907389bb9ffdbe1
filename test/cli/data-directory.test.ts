/** What a failed start leaves on disk, which backups are refused, and how doctor reports the data directory. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { hookyardHere } from "../support/command.ts";
import { spawnServer, startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";

const newFolder = () => tempFolder();

async function failedStart(environment: Readonly<Record<string, string>>): Promise<string> {
  const server = spawnServer(environment);
  const code = await new Promise((resolve) => server.process.once("close", resolve));
  expect(code).toBe(1);
  return server.output();
}

test("a failed start leaves no data, and doctor reports a running server with other data", async () => {
  using folder = newFolder();
  const scripts = { PROVIDERS: join(folder.path, "p"), FUNCTIONS: join(folder.path, "f") };
  for (const path of Object.values(scripts)) mkdirSync(path);
  const environment = {
    HOOKYARD_PROVIDERS_DIR: scripts.PROVIDERS,
    HOOKYARD_FUNCTIONS_DIR: scripts.FUNCTIONS,
  };
  const first = join(folder.path, "first", "data");
  const server = await startServer({ ...environment, HOOKYARD_DATA_DIR: first });
  try {
    const port = new URL(server.url).port;
    const other = { ...environment, HOOKYARD_PORT: port };
    const data = join(folder.path, "second", "data");
    const output = await failedStart({ ...other, HOOKYARD_DATA_DIR: data });
    expect(output).toContain("EADDRINUSE");
    expect(existsSync(join(folder.path, "second"))).toBe(false);
    const named = join(folder.path, "f", "mine.db");
    const mine = ["mine.db.old", "notes.txt"];
    for (const name of mine) writeFileSync(join(folder.path, "f", name), "mine");
    await failedStart({ ...other, HOOKYARD_DATABASE_URL: `sqlite:${named}` });
    expect(readdirSync(scripts.FUNCTIONS)).toEqual(mine);
    // This start is refused because the first server uses the directory. The data of the first server stay.
    expect(await failedStart({ ...environment, HOOKYARD_DATA_DIR: first })).toContain("in use by");
    expect(existsSync(join(first, "hookyard.db"))).toBe(true);

    const doctor = (directory: string) =>
      hookyardHere(["doctor", "--json"], { ...other, HOOKYARD_DATA_DIR: directory });
    const finding = { check: "running server", state: "ok" };
    expect(JSON.parse((await doctor(first)).out).items).toContainEqual(
      expect.objectContaining(finding),
    );
    expect(JSON.parse((await doctor(data)).out).items).toContainEqual(
      expect.objectContaining({ ...finding, state: "warning" }),
    );
    const { out } = await hookyardHere(["doctor"], { ...other, HOOKYARD_DATA_DIR: data });
    expect(out).toMatch(/^warn +running server: a server answers/m);
    expect(out).not.toMatch(/^ok /m);
    expect(out).toMatch(/\d+ checks in order \(--all lists them\)$/m);
  } finally {
    await server.end("SIGTERM");
  }
});

test("a backup of a database that no server has used is refused, and leaves no file", async () => {
  using folder = newFolder();
  const [path, target] = [join(folder.path, "hookyard.db"), join(folder.path, "copy.db")];
  const backUp = () => hookyardHere(["backup", target], { HOOKYARD_DATA_DIR: folder.path });
  expect(await backUp()).toMatchObject({ code: 1, err: expect.stringContaining("no database") });
  writeFileSync(path, "");
  expect(await backUp()).toMatchObject({ code: 1, err: expect.stringContaining("is empty") });
  new Database(path).exec("CREATE TABLE t (a)").close();
  expect(await backUp()).toMatchObject({ code: 1, err: expect.stringContaining("is empty") });
  expect(existsSync(target)).toBe(false);
});
