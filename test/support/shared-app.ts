/**
 * One server for the tests of a file, each with its own scripts. A start takes half a second of CPU time, loading
 * scripts a fraction of that. Invalid scripts need their own server: here their last good versions would stay active.
 */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { startTestApp, type TestApp, type TestAppOptions } from "./test-app.ts";

type Scripts = Omit<TestAppOptions, "environment" | "folder" | "log">;

export class SharedApp {
  readonly #environment: Readonly<Record<string, string>>;
  #app: Promise<TestApp> | undefined;
  #changes = 0;
  /** The scripts of the last call and their files, which a test may have changed since. */
  #installed = "";

  /** Call this while tests are collected. The server ends after the last test of the file. */
  constructor(environment: Readonly<Record<string, string>> = {}) {
    this.#environment = environment;
    afterAll(async () => {
      await (await this.#app)?.[Symbol.asyncDispose]();
    });
  }

  /** The running server; without scripts if this is the first call. */
  app(): Promise<TestApp> {
    this.#app ??= startTestApp({ environment: this.#environment });
    return this.#app;
  }

  /** The server with only these scripts. Its log still has the messages of earlier tests. */
  async with(scripts: Scripts): Promise<TestApp> {
    if (this.#app === undefined)
      this.#app = startTestApp({ ...scripts, environment: this.#environment });
    else if (this.#installed !== stateOf(await this.#app, scripts)) await this.#install(scripts);
    const app = await this.#app;
    this.#installed = stateOf(app, scripts);
    return app;
  }

  async #install(scripts: Scripts): Promise<void> {
    const app = await this.app();
    for (const kind of ["providers", "functions"])
      for (const name of readdirSync(join(app.folder, kind)))
        rmSync(join(app.folder, kind, name), { recursive: true });
    const { providers = {}, functions = {}, files = {} } = scripts;
    for (const [name, folder] of Object.entries(providers)) app.writeProvider(name, folder);
    for (const [name, folder] of Object.entries(functions)) app.writeFunction(name, folder);
    for (const [path, text] of Object.entries(files)) app.writeFile(path, text);
    const { registry } = app.app;
    const [provider] = Object.keys(providers);
    if (provider === undefined) {
      await expect.poll(() => registry().providers.length + registry().functions.size).toBe(0);
      return;
    }
    this.#changes += 1;
    const marker = `loaded-${this.#changes}`;
    // One reload loads all written files.
    const writeMarker = () =>
      app.writeFunction(marker, {
        json: { provider, uri: marker },
        script: "export default () => 1;\n",
      });
    writeMarker();
    let checks = 0;
    const isLoaded = async () => {
      if (registry().functions.has(marker) && (await hasNoProblem(app))) return true;
      checks += 1;
      // On a busy machine the check of a script may time out. A changed file makes the server check all scripts again.
      if (checks % CHECKS_BEFORE_REWRITE === 0) writeMarker();
      return false;
    };
    await expect.poll(isLoaded).toBe(true);
  }
}

/** Changes with the scripts and with each file that is written or removed. */
function stateOf({ folder }: TestApp, scripts: Scripts): string {
  const files = ["providers", "functions"].flatMap((kind) =>
    readdirSync(join(folder, kind), { recursive: true, encoding: "utf8" }).map((name) => {
      const { ino, mtimeMs, size } = statSync(join(folder, kind, name));
      return [kind, name, ino, mtimeMs, size];
    }),
  );
  return JSON.stringify([scripts, files]);
}

const CHECKS_BEFORE_REWRITE = 60;

interface Listed {
  readonly items: readonly { readonly problem: unknown }[];
}

async function hasNoProblem({ api }: TestApp): Promise<boolean> {
  const lists = ["/providers", "/functions"].map(
    async (path) => (await (await api(path)).json()) as Listed,
  );
  return (await Promise.all(lists)).every(({ items }) =>
    items.every(({ problem }) => problem === null),
  );
}
