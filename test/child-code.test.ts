/** What children are started with is kept from start to start, and made again when it is damaged. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startServer } from "./server-process.ts";
import { TOKEN } from "./test-app.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hookyard-code-"));
  for (const name of ["providers", "functions"]) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Throws when the server does not become ready, which needs a child. */
async function startAndEnd(): Promise<void> {
  const server = await startServer({
    NODE_COMPILE_CACHE: join(folder, "cache"),
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
  });
  await server.end("SIGTERM");
}

const keptFiles = () =>
  readdirSync(join(folder, "cache"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes("sandbox-"))
    .map((name) => join(folder, "cache", name));

test("the second start takes what the first one kept; what is damaged is made again", async () => {
  await startAndEnd();
  const [file = "", ...others] = keptFiles();
  expect(others).toEqual([]);
  const kept = readFileSync(file, "utf8");
  expect(Object.keys(JSON.parse(kept))).toEqual(["program"]);
  writeFileSync(file, kept.slice(0, 1000));
  await startAndEnd();
  expect(readFileSync(file, "utf8")).toBe(kept);
  writeFileSync(file, JSON.stringify({ program: "process.exit(7);" }));
  await expect(startAndEnd()).rejects.toThrow();
});
