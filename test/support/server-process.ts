/** A server in its own process, started like a user does. Tests may kill it. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { COMPILE_CACHE } from "./compile-cache.ts";

const READY_WITHIN_MS = 60_000;

/** The arguments after `exec node` in `npm start`, so that tests start the server in the same way. */
function startArguments(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  const words = String(scripts.start).split(" ");
  return words.slice(words.indexOf("node") + 1);
}

export interface ServerProcess {
  readonly process: ChildProcess;
  readonly url: string;
  readonly pid: number;
  /** The text written to standard output and error so far. */
  output(): string;
  /** Ends it with a signal and resolves with its exit code, or the signal. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** A server that may not be ready yet. `url` is empty until the server has printed it. */
export function spawnServer(environment: Readonly<Record<string, string>>): ServerProcess {
  const child = spawn(process.execPath, startArguments(), {
    env: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      HOOKYARD_PORT: "0",
      // Each takes a fifth of a second to start, which is most of what a test takes.
      HOOKYARD_SANDBOX_PROCESSES: "1",
      // Each server would build it, if these sources are not built yet.
      HOOKYARD_CONSOLE: "false",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on("exit", (code, signal) => resolve(code ?? signal));
  });
  let output = "";
  const collect = (chunk: Buffer) => {
    output += chunk.toString("utf8");
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  return {
    process: child,
    get url() {
      return /senders post to\s+(http:\/\/[^/\s]+)/.exec(output)?.[1] ?? "";
    },
    pid: child.pid ?? 0,
    output: () => output,
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}

export async function startServer(
  environment: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const server = spawnServer(environment);
  const { process: child } = server;
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while (server.url === "") {
    if (child.exitCode !== null || Date.now() > giveUpAt) {
      child.kill("SIGKILL");
      throw new Error(`the server did not start:\n${server.output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return server;
}

/** Process ids of the direct children. */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie still has a process id, so its state is read.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
