/**
 * One server for the tests of a file, each with scripts of its own: a start takes half a second of CPU time, other
 * scripts a fraction of that. Not for scripts that are not to be taken over: of theirs the last good version would go on.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { startTestApp, type TestApp, type TestAppOptions } from "./test-app.ts";

type Scripts = Omit<TestAppOptions, "environment" | "folder" | "log">;

export class SharedApp {
  readonly #environment: Readonly<Record<string, string>>;
  #app: Promise<TestApp> | undefined;
  #changes = 0;

  /** To be made while tests are collected: it ends with the last of them. */
  constructor(environment: Readonly<Record<string, string>> = {}) {
    this.#environment = environment;
    afterAll(async () => {
      await (await this.#app)?.[Symbol.asyncDispose]();
    });
  }

  /** The server with these scripts, a provider at least, and no others. What earlier tests sent is in its log. */
  async with(scripts: Scripts): Promise<TestApp> {
    if (this.#app === undefined) {
      this.#app = startTestApp({ ...scripts, environment: this.#environment });
      return await this.#app;
    }
    const app = await this.#app;
    for (const kind of ["providers", "functions"])
      for (const name of readdirSync(join(app.folder, kind)))
        rmSync(join(app.folder, kind, name), { recursive: true });
    const { providers = {}, functions = {}, files = {} } = scripts;
    for (const [name, folder] of Object.entries(providers)) app.writeProvider(name, folder);
    for (const [name, folder] of Object.entries(functions)) app.writeFunction(name, folder);
    for (const [path, text] of Object.entries(files)) app.writeFile(path, text);
    this.#changes += 1;
    const mark = `taken-over-${this.#changes}`;
    const [provider] = Object.keys(providers);
    // All that is written is taken over at once.
    app.writeFunction(mark, { json: { provider, uri: mark }, script: "export default () => 1;\n" });
    await expect.poll(() => app.app.registry().functions.has(mark)).toBe(true);
    return app;
  }
}
