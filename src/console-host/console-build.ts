/** The state of the console's build, and the background process that makes it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Logger } from "../logger.ts";
import { buildFolder } from "./build-folder.ts";

const PROGRAM = fileURLToPath(new URL("build.ts", import.meta.url));
/** Characters of the build's errors that are logged. */
const MAX_ERROR = 4000;

export type BuildState =
  | { readonly kind: "built"; readonly folder: string }
  | { readonly kind: "building" }
  /** No build was made for these sources, and this server does not make one. */
  | { readonly kind: "missing" }
  | { readonly kind: "failed" };

export class ConsoleBuild implements Disposable {
  readonly #log: Logger;
  #process: ChildProcess | undefined;
  #hasFailed = false;
  #folder: Promise<string> | undefined;
  #built: string | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  async state(): Promise<BuildState> {
    if (this.#built !== undefined) return { kind: "built", folder: this.#built };
    const folder = await this.#target();
    if (existsSync(folder)) {
      this.#built = folder;
      return { kind: "built", folder };
    }
    if (this.#process !== undefined) return { kind: "building" };
    return { kind: this.#hasFailed ? "failed" : "missing" };
  }

  /** Builds in the background, if there is no build of these sources. */
  async start(): Promise<void> {
    const before = await this.state();
    if (before.kind === "built" || before.kind === "building") return;
    this.#log.info("building the console in the background");
    const args = ["--disable-warning=ExperimentalWarning", PROGRAM, "--background"];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "ignore", "pipe"],
      // Not the server's environment: it holds secrets.
      env: { NODE_ENV: "production" },
    });
    this.#process = child;
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(0, MAX_ERROR);
    });
    child.once("error", (error) => this.#ended(error.message));
    child.once("close", (code) => this.#ended(code === 0 ? undefined : said));
  }

  [Symbol.dispose](): void {
    this.#process?.removeAllListeners().kill();
    this.#process = undefined;
  }

  #target(): Promise<string> {
    this.#folder ??= buildFolder();
    return this.#folder;
  }

  #ended(problem: string | undefined): void {
    this.#process = undefined;
    this.#hasFailed = problem !== undefined;
    if (problem === undefined) this.#log.info("the console is built");
    else
      this.#log.warn(
        { problem },
        "the console cannot be built: the API works without it; install the packages with `npm ci`, then run `npm run build:console`",
      );
  }
}
