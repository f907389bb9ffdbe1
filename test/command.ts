/** The command `hookyard` as users run it: a process of its own. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { type TestApp, TOKEN } from "./test-app.ts";

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
}

/** As the installed command has it: most of a short run is loading. */
const CACHE = new URL("../node_modules/.cache/hookyard", import.meta.url).pathname;
const MAIN = new URL("../src/cli/main.ts", import.meta.url).pathname;

export async function hookyard(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, ...args], {
    env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: CACHE, ...options.environment },
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  child.stdin.end(options.input ?? "");
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, out, err };
}

/** The command for one server. */
export const commandFor =
  ({ url }: TestApp) =>
  (...args: readonly string[]) =>
    hookyard(args, { environment: { HOOKYARD_URL: url, HOOKYARD_TOKEN: TOKEN } });
