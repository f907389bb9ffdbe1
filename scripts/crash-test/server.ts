/** Runs the server under test as `npm start` does, with a clock that can be wrong. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Long, because the machine is busy with kills. */
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 30_000;

export interface Clock {
  /** Difference to the machine's clock in milliseconds. */
  readonly wrongByMs: number;
  /** How far the clock jumps on SIGUSR2. */
  readonly jumpMs: number;
}

/** The arguments after `exec node` in `npm start`. */
function startArguments(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  const words = String(scripts.start).split(" ");
  return words.slice(words.indexOf("node") + 1);
}

export class Server {
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #startedAt = performance.now();
  #output = "";
  #expected = false;

  /** `tracer` is a command that runs the given command and keeps its process a direct child. */
  constructor(
    settings: Readonly<Record<string, string>>,
    clock: Clock,
    tracer: readonly string[] = [],
  ) {
    const preload = `--import=${new URL("clock.ts", import.meta.url).href}`;
    const node = [process.execPath, preload, ...startArguments()];
    const [command = process.execPath, ...args] = [...tracer, ...node];
    this.#process = spawn(command, args, {
      env: {
        PATH: process.env["PATH"],
        NODE_COMPILE_CACHE: "node_modules/.cache/hookyard",
        HOOKYARD_CONSOLE: "false",
        CRASH_TEST_CLOCK_MS: String(clock.wrongByMs),
        CRASH_TEST_JUMP_MS: String(clock.jumpMs),
        ...settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exited = promise;
    this.#process.on("exit", () => resolve());
    const kill = () => this.#process.kill("SIGKILL");
    process.on("exit", kill);
    void promise.then(() => process.off("exit", kill));
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString("utf8")).slice(-20_000);
      });
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error("the server could not be started");
    return pid;
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** An unexpected end of the server; undefined if there was none. */
  get accident(): string | undefined {
    const { exitCode, signalCode } = this.#process;
    if (this.#expected || !this.hasEnded) return undefined;
    return `the server ended unexpectedly (${signalCode ?? `exit code ${exitCode}`}):\n${this.#output}`;
  }

  /** Resolves once the server is ready, with its URL and how long that took. Throws when it does not become ready. */
  async ready(): Promise<{ readonly url: string; readonly tookMs: number }> {
    for (;;) {
      const url = /senders post to\s+(http:\/\/[^/\s]+)/.exec(this.#output)?.[1];
      const tookMs = performance.now() - this.#startedAt;
      if (url !== undefined) return { url, tookMs };
      if (this.hasEnded || tookMs > READY_WITHIN_MS)
        throw new Error(
          `the server did not start within ${Math.round(tookMs)} ms:\n${this.#output}`,
        );
      await sleep(5);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Sends SIGKILL. False when the server had ended before. */
  async kill(): Promise<boolean> {
    if (this.hasEnded) return false;
    this.#expected = true;
    this.#process.kill("SIGKILL");
    await this.#exited;
    return this.#process.signalCode === "SIGKILL";
  }

  /** Sends SIGTERM, without waiting. */
  askToStop(): void {
    this.#expected = true;
    this.#process.kill("SIGTERM");
  }

  /** Sends SIGTERM, and resolves with a problem if the server does not end as expected. */
  async stop(): Promise<string | undefined> {
    this.askToStop();
    const isLate = await Promise.race([this.#exited, sleep(STOP_WITHIN_MS, true, { ref: false })]);
    if (isLate === true) await this.kill();
    const { exitCode, signalCode } = this.#process;
    return exitCode === 0 ? undefined : `SIGTERM: ended with ${exitCode ?? signalCode}, expected 0`;
  }

  /** Process ids of its sandbox children. */
  get children(): readonly number[] {
    try {
      const { pid } = this;
      const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
      return text === "" ? [] : text.split(" ").map(Number);
    } catch {
      return [];
    }
  }
}
