/** Runs the command `hookyard` like a user, in its own process. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { run } from "../../src/cli/run.ts";
import { COMPILE_CACHE } from "./compile-cache.ts";
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

const MAIN = new URL("../../src/cli/main.ts", import.meta.url).pathname;

export async function hookyard(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, ...args], {
    env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: COMPILE_CACHE, ...options.environment },
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  child.stdin.end(options.input ?? "");
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, out, err };
}

/** Runs the command in this process, for tests of its results. To start a process takes longer than most commands. */
export async function hookyardHere(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran & { readonly code: number }> {
  using out = captured(process.stdout);
  using err = captured(process.stderr);
  const { log } = console;
  // Not every environment of tests passes it on to the stream.
  console.log = (text) => void process.stdout.write(`${text}\n`);
  const before = process.exitCode;
  Object.assign(process.env, environment);
  try {
    const code = await run(args);
    return { code, out: out.text(), err: err.text() };
  } finally {
    console.log = log;
    process.exitCode = before;
    for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
  }
}

/** Returns `hookyardHere` for one server. */
export const commandHere = ({ url }: Pick<TestApp, "url">, ...args: readonly string[]) =>
  hookyardHere(args, { HOOKYARD_URL: url, HOOKYARD_TOKEN: TOKEN });

/** Collects the text written to a stream instead of writing it. */
function captured(stream: NodeJS.WriteStream) {
  const { write } = stream;
  let text = "";
  stream.write = (chunk: Uint8Array | string, ...rest: readonly unknown[]) => {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    for (const one of rest) if (typeof one === "function") one();
    return true;
  };
  return {
    text: () => text,
    [Symbol.dispose]: () => {
      stream.write = write;
    },
  };
}

/** Returns `hookyard` for one server. */
export const commandFor =
  ({ url }: TestApp) =>
  (...args: readonly string[]) =>
    hookyard(args, { environment: { HOOKYARD_URL: url, HOOKYARD_TOKEN: TOKEN } });
