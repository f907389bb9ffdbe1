/** `npm run rotate-key` encrypts all secrets with a new key, and an interruption at any moment loses none. */
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

/** Opens the store and the secrets as a start of the server does. */
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

test("each value is encrypted again with a new key and decrypts to the same text", {
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

test("a start completes a rotation whose commit is done, and undoes one whose commit is not", {
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

test("a rotation that is killed at any moment leaves values and the key that decrypts them", {
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
    // The child is killed after the new key file exists, because the steps that can fail come after it.
    while (!existsSync(`${keyFile()}.next`) && child.exitCode === null) await passing(1);
    await passing(n * 4);
    child.kill("SIGKILL");
    if ((await exited) === null) killed++;
    expectAll();
  }
  expect(killed).toBeGreaterThan(0);
});

test("a key from the settings is replaced by the next one, and a start uses the one that decrypts the values", {
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

test("the key moves from the file into the settings, and a start without the rotation is refused", {
  timeout: 60_000,
}, async () => {
  await fill();
  const given = randomBytes(32).toString("base64");
  expect(() => open({ HOOKYARD_SECRET_KEY: given })).toThrow(/which is in .*secret\.key.*_NEXT/);
  expect(rotate({ HOOKYARD_SECRET_KEY_NEXT: given })).toMatchObject({ status: 0 });
  expectAll({ HOOKYARD_SECRET_KEY: given });
});

test("the rotation requires a stopped server, and --discard removes the values of a lost key", {
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
