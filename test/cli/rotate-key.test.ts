/** `npm run rotate-key`: another key for all secrets, whatever happens while it runs. */
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { Secrets } from "../../src/secrets/secrets.ts";
import { Store } from "../../src/store/store.ts";
import { COMPILE_CACHE } from "../support/compile-cache.ts";
import { tempFolder } from "../support/temp-folder.ts";

let folder: string;
beforeEach(() => {
  folder = tempFolder().path;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Environment = Readonly<Record<string, string>>;

const configWith = (environment: Environment) =>
  readConfig({ HOOKYARD_DATA_DIR: folder, ...environment });

/** Store and secrets as a start of the server opens them. */
function open(environment: Environment = {}) {
  const config = configWith(environment);
  const store = new Store(config.databasePath);
  try {
    const secrets = new Secrets(config, store.properties);
    return { store, secrets, [Symbol.dispose]: () => store[Symbol.dispose]() };
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  }
}

const VALUES = 50;
async function fill(environment: Environment = {}): Promise<void> {
  using opened = open(environment);
  const change = { by: "admin", at: 1 };
  const values = (n: number) => [`value ${n}`, `older ${n}`];
  await Promise.all(
    Array.from({ length: VALUES }, (_, n) =>
      opened.secrets.set(
        { provider: "acme", name: `p${n}` },
        { secret: true, values: values(n) },
        change,
      ),
    ),
  );
}

function expectAll(environment: Environment = {}): void {
  using opened = open(environment);
  for (let n = 0; n < VALUES; n++) {
    const stored = { secret: true, values: [`value ${n}`, `older ${n}`] };
    expect(opened.secrets.find("acme", `p${n}`)).toEqual(stored);
  }
}

const commandLine = (...args: readonly string[]) => [
  "--disable-warning=ExperimentalWarning",
  "src/cli/main.ts",
  "rotate-key",
  ...args,
];
const environmentOf = (environment: Environment) => ({
  PATH: process.env["PATH"],
  NODE_COMPILE_CACHE: COMPILE_CACHE,
  HOOKYARD_DATA_DIR: folder,
  ...environment,
});

function rotate(
  environment: Environment = {},
  ...args: readonly string[]
): SpawnSyncReturns<string> {
  const env = environmentOf(environment);
  return spawnSync(process.execPath, commandLine(...args), { env, encoding: "utf8" });
}

const passing = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const keyFile = () => join(folder, "secret.key");
const sealed = () => {
  using store = new Store(join(folder, "hookyard.db"));
  return store.properties.all().map((value) => value.sealed.toString("hex"));
};

test("every value is encrypted anew, with a new key, and still the same", {
  timeout: 60_000,
}, async () => {
  await fill();
  const [key, before] = [readFileSync(keyFile(), "utf8"), sealed()];
  const { status, stdout } = rotate();
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^100 values/),
  });
  expect(readFileSync(keyFile(), "utf8")).not.toBe(key);
  const after = sealed();
  expect(after).toHaveLength(before.length);
  expect(new Set([...before, ...after]).size).toBe(before.length * 2);
  expectAll();
  using store = new Store(join(folder, "hookyard.db"));
  expect(store.audit.list({ action: "key.rotate", limit: 10 }).items).toHaveLength(1);
});

test("between the commit and the move of the key's file, a start finishes it; before, it undoes it", {
  timeout: 60_000,
}, async () => {
  await fill();
  const old = join(folder, "old.key");
  copyFileSync(keyFile(), old);
  expect(rotate().status).toBe(0);
  const next = `${keyFile()}.next`;
  renameSync(keyFile(), next);
  copyFileSync(old, keyFile());
  expectAll();
  expect(existsSync(next)).toBe(false);
  expect(readFileSync(keyFile())).not.toEqual(readFileSync(old));

  copyFileSync(old, next);
  expectAll();
  expect(existsSync(next)).toBe(false);
});

test("killed at any moment, values and a key that fits them are left", {
  timeout: 60_000,
}, async () => {
  await fill();
  let killed = 0;
  for (let n = 0; n < 5; n++) {
    const child = spawn(process.execPath, commandLine(), {
      env: environmentOf({}),
      stdio: "ignore",
    });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    // From the moment the new key is there: all that matters comes after it.
    while (!existsSync(`${keyFile()}.next`) && child.exitCode === null) await passing(1);
    await passing(n * 4);
    child.kill("SIGKILL");
    if ((await exited) === null) killed++;
    expectAll();
  }
  expect(killed).toBeGreaterThan(0);
});

test("a given key is changed for the next one, and a start takes whichever fits", {
  timeout: 60_000,
}, async () => {
  const [one, two] = [randomBytes(32).toString("base64"), randomBytes(32).toString("base64")];
  await fill({ HOOKYARD_SECRET_KEY: one });
  const refused = rotate({ HOOKYARD_SECRET_KEY: one });
  expect(refused).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("HOOKYARD_SECRET_KEY_NEXT is not"),
  });
  const both = { HOOKYARD_SECRET_KEY: one, HOOKYARD_SECRET_KEY_NEXT: two };
  expectAll(both);
  expect(rotate(both)).toMatchObject({ status: 0 });
  expectAll(both);
  expectAll({ HOOKYARD_SECRET_KEY: two });
  expect(() => open({ HOOKYARD_SECRET_KEY: one })).toThrow(
    /HOOKYARD_SECRET_KEY is [0-9a-f]{16}\. Set or restore/,
  );
  expect(rotate(both).stderr).toContain("is the key in force already");
});

test("from a file to a given key, which is not silently passed over", {
  timeout: 60_000,
}, async () => {
  await fill();
  const given = randomBytes(32).toString("base64");
  expect(() => open({ HOOKYARD_SECRET_KEY: given })).toThrow(/which is in .*secret\.key.*_NEXT/);
  expect(rotate({ HOOKYARD_SECRET_KEY_NEXT: given })).toMatchObject({ status: 0 });
  expectAll({ HOOKYARD_SECRET_KEY: given });
});

test("it wants the server stopped, and a lost key is the end of its values only", {
  timeout: 60_000,
}, async () => {
  await fill();
  {
    using _ = open();
    expect(rotate()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("is in use by"),
    });
  }
  rmSync(keyFile());
  expect(rotate()).toMatchObject({ status: 1, stderr: expect.stringContaining("--discard") });
  expect(rotate({}, "--discard")).toMatchObject({ status: 2 });
  expect(rotate({}, "--discard", "--yes")).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^100 values removed/),
  });
  using opened = open();
  expect(opened.secrets.find("acme", "p0")).toBeUndefined();
});
