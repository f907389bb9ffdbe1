/** One run of a function: its isolate, its time, its log, and the moment it is over. */
import type {
  ChildFunction,
  Fault,
  FaultKind,
  LogEntry,
  RunReport,
  RunRequest,
} from "../protocol.ts";
import { makeFault, type Thrown } from "./fault.ts";
import type { EntryFailure, GuestIsolate } from "./guest-isolate.ts";

const MAX_LOG_CHARACTERS = 64 * 1024;
const MAX_LOG_LINES = 1000;
const MAX_OPEN_CALLS = 50;

interface Done {
  readonly report: Omit<RunReport, "logs" | "durationMs">;
  /** Host calls the script did not wait for. */
  readonly left: number;
  /** What cannot be frozen was left as it was. */
  readonly pristine: boolean;
}

export interface RunEnd {
  readonly report: RunReport;
  /** Whether the isolate may serve another run. */
  readonly clean: boolean;
}

export class FunctionRun {
  readonly #fn: ChildFunction;
  readonly #isolate: GuestIsolate;
  readonly #request: RunRequest;
  readonly #onEnd: (end: RunEnd) => void;
  readonly #startedAt = performance.now();
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #logs: LogEntry[] = [];
  #logCharacters = 0;
  #linesCut = 0;
  #cpuLeftMs: number;
  #done: Done | undefined;
  #tooMuch: string | undefined;
  #ended = false;
  readonly #deadline: NodeJS.Timeout;

  constructor(
    fn: ChildFunction,
    isolate: GuestIsolate,
    request: RunRequest,
    onEnd: (end: RunEnd) => void,
  ) {
    this.#fn = fn;
    this.#isolate = isolate;
    this.#request = request;
    this.#onEnd = onEnd;
    this.#cpuLeftMs = request.cpuMs;
    this.#deadline = setTimeout(
      () =>
        this.stop(
          "TIMEOUT",
          `the function took longer than it may: timeoutMs is ${request.timeoutMs}`,
        ),
      request.timeoutMs,
    );
  }

  start(head: string): void {
    this.#enter("invoke", [head]);
  }

  /** Ends the run whatever the script is waiting for. */
  stop(kind: FaultKind, message: string): void {
    this.#fail(kind, { name: kind === "TIMEOUT" ? "Timeout" : "HostLimit", message, stack: "" });
  }

  onPost(kind: string, text: string): void {
    if (kind === "log") this.#log(text);
    if (kind === "done") this.#done = JSON.parse(text);
    if (kind === "call") this.#call(JSON.parse(text));
  }

  #log(text: string): void {
    if (
      this.#logs.length >= MAX_LOG_LINES ||
      this.#logCharacters + text.length > MAX_LOG_CHARACTERS
    ) {
      this.#linesCut += 1;
      return;
    }
    this.#logCharacters += text.length;
    this.#logs.push(JSON.parse(text));
  }

  /** The only asynchronous host call there is so far is `sleep`; its answer comes in an entry of its own. */
  #call({ call, argument }: { readonly call: number; readonly argument: number }): void {
    if (this.#timers.size >= MAX_OPEN_CALLS) {
      this.#tooMuch = `more than ${MAX_OPEN_CALLS} host calls are open at once`;
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(call);
      this.#enter("deliver", [call, ""]);
    }, argument);
    this.#timers.set(call, timer);
  }

  #enter(name: string, args: readonly (string | number)[]): void {
    if (this.#ended) return;
    const wallLeftMs = this.#request.timeoutMs - (performance.now() - this.#startedAt);
    const kind = this.#cpuLeftMs <= wallLeftMs ? "CPU_LIMIT" : "TIMEOUT";
    const timeoutMs = Math.min(this.#cpuLeftMs, wallLeftMs);
    const enteredAt = performance.now();
    const failure = this.#isolate.enter(name, args, { id: this.#request.id, timeoutMs, kind });
    this.#cpuLeftMs -= performance.now() - enteredAt;
    this.#settle(failure);
  }

  #settle(failure: EntryFailure | undefined): void {
    if (this.#tooMuch !== undefined) this.stop("HOST_LIMIT", this.#tooMuch);
    // A result counts only when its entry settled: a floating rejection or a loop after it is the script's fault too.
    else if (failure !== undefined) this.#fail(failure.kind, failure.thrown);
    else if (this.#done !== undefined) this.#finish(this.#done);
    else if (this.#timers.size === 0) {
      this.stop("TIMEOUT", "the function waits for a promise that nothing will settle");
    }
  }

  #finish({ report, left, pristine }: Done): void {
    const { fault } = report;
    if (fault === undefined) this.#end(report, left === 0 && pristine);
    else this.#fail(fault.kind, { ...fault, stack: fault.stack ?? "" }, report);
  }

  #fail(kind: FaultKind, thrown: Thrown, said: Partial<Done["report"]> = {}): void {
    const message = this.#limitText(kind) ?? thrown.message;
    const fault: Fault = makeFault(kind, { ...thrown, message }, this.#fn.filename);
    this.#end({ ...said, fault }, false);
  }

  /** Names the setting to change. */
  #limitText(kind: FaultKind): string | undefined {
    const { cpuMs } = this.#request;
    if (kind === "CPU_LIMIT")
      return `the function used more CPU time than it may: cpuMs is ${cpuMs}`;
    if (kind !== "MEMORY_LIMIT") return undefined;
    return `the function used more memory than it may: memoryMb is ${this.#fn.memoryMb}`;
  }

  #end(report: Done["report"], clean: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    if (this.#linesCut > 0) {
      const text = `${this.#linesCut} further log lines were cut: a run may log ${MAX_LOG_LINES} lines and ${MAX_LOG_CHARACTERS} characters`;
      this.#logs.push({ at: Date.now(), level: "warn", text });
    }
    const durationMs = performance.now() - this.#startedAt;
    this.#onEnd({ report: { ...report, logs: this.#logs, durationMs }, clean });
  }
}
