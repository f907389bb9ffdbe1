/** Runs an installed program as a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { basename, join } from "node:path";
import { endChild, hasEnded, registered } from "../bench/child.ts";

const WITHIN_MS = 300_000;
const RETRY_MS = 100;
const KEPT_OUTPUT = 4000;

export interface Command {
  readonly cwd: string;
  /** The script and its arguments, for Node. */
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Programs see no variable of the caller but the path and the home folder, which is theirs. */
function start({ cwd, args, environment }: Command) {
  const env = { PATH: process.env["PATH"], HOME: cwd, NO_UPDATE_NOTIFIER: "1", ...environment };
  const child = registered(
    spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] }),
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
    });
  return {
    child,
    failure: (what: string) => new Error(`${args[0]} ${what}; it wrote:\n${output}`),
  };
}

/** Runs it to its end. Throws if its exit code is not 0. */
export async function run(command: Command): Promise<void> {
  const { child, failure } = start(command);
  const [code] = await once(child, "exit");
  if (code !== 0) throw failure(`ended with ${code}`);
}

/** Starts a server; resolves once `isReady` does not throw and returns true. */
export async function serve(
  command: Command,
  isReady: () => Promise<boolean>,
): Promise<AsyncDisposable> {
  const { child, failure } = start(command);
  const isDone = async () => hasEnded(child) || (await isReady().catch(() => false));
  if ((await until(isDone)) && !hasEnded(child))
    return { [Symbol.asyncDispose]: () => endChild(child) };
  await endChild(child);
  throw failure("did not become ready");
}

/** False if the time is over before `isDone` returns true. */
export async function until(isDone: () => boolean | Promise<boolean>): Promise<boolean> {
  const giveUpAt = performance.now() + WITHIN_MS;
  while (!(await isDone())) {
    if (performance.now() > giveUpAt) return false;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return true;
}

export const answers = async (url: string): Promise<boolean> => (await fetch(url)).ok;

/** Throws with the answer if a call of a program's own API is refused. */
export async function call(url: string, method: string, body: object, headers = {}) {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${answer}`);
  return answer;
}

/** Copies a script of `programs/` into the folder of its package, which it imports by the name it is given. */
export function program(name: string, folder: string): string {
  const source = new URL(`./programs/${name}.mjs`, import.meta.url).pathname;
  copyFileSync(source, join(folder, basename(source)));
  return basename(source);
}
