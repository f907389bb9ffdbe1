/** One run of a function: its context, its time, its host calls and its end. */
import type { FailureKind } from "../../model/failure-kind.ts";
import type { FairShares } from "../../sharing/fair-shares.ts";
import type { PostKind, RunDone, RunResult, Thrown } from "../wire/guest-posts.ts";
import type { ChildFunction, RunReport, RunRequest } from "../wire/protocol.ts";
import { MAX_EXTENSION_MS } from "../wire/run-time.ts";
import { isLonger } from "./cut-text.ts";
import type { EntryFailure } from "./entry-failure.ts";
import { makeFault } from "./fault.ts";
import type { GuestContext } from "./guest-context.ts";
import { type Ask, type HostCall, OpenCalls } from "./open-calls.ts";
import { RunLog } from "./run-log.ts";
import { outgoingReport, type RunMasks } from "./run-report.ts";
import { threadHeldMs } from "./running-entry.ts";

/** How long a script with a listener on `ctx.signal` may clean up after its timeout. */
const GRACE_MS = 200;
/** One host call as JSON in UTF-8: a body of 1 MB, whose characters may be escaped, and its other arguments. */
const MAX_CALL_BYTES = 8 * 1024 * 1024;
/** All host calls together that wait because too many are open. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
const MAX_LINES = 1000;

/** How a run sends messages to main. */
export interface RunLink {
  /** The run did not end in its first entry: it waits for a promise. */
  readonly waiting: () => void;
  /** Asks main whether it has room for a call. */
  readonly ask: (ask: Ask) => void;
  readonly call: (call: HostCall) => void;
  readonly cancel: (call: number) => void;
}

/** The name of the error of a stopped run, by kind. */
const STOP_NAMES = {
  TIMEOUT: "Timeout",
  HOST_LIMIT: "HostLimit",
  OUTPUT_LIMIT: "OutputLimit",
} as const;

/** The kinds of failure that the guest may report. Main ends a process that reports an unknown kind. */
const IS_GUEST_KIND: Readonly<Record<FailureKind, boolean>> = {
  SCRIPT_ERROR: true,
  OUTPUT_LIMIT: true,
  EGRESS_DENIED: true,
  HOST_LIMIT: true,
  COMPILE_ERROR: false,
  TIMEOUT: false,
  CPU_LIMIT: false,
  MEMORY_LIMIT: false,
  CRASH: false,
};

/** How a run ended. */
export type RunEnd =
  | {
      readonly report: RunReport;
      /** True if the context may serve another run. */
      readonly clean: boolean;
    }
  /** The run may not be at fault: it is run again, `alone` if it may have caused the trouble. */
  | { readonly interrupted: "again" | "alone" };

interface RunDeps {
  readonly fn: ChildFunction;
  readonly context: GuestContext;
  readonly link: RunLink;
  /** The secrets to mask. Read at the end of the run, when all proof headers are known. */
  readonly currentMasks: () => RunMasks;
  /** The bytes of queued host calls in this process, shared by all functions. */
  readonly callShares: FairShares;
}

export class FunctionRun {
  readonly #fn: ChildFunction;
  readonly #context: GuestContext;
  readonly #request: RunRequest;
  readonly #link: RunLink;
  readonly #currentMasks: () => RunMasks;
  readonly #onEnd: (end: RunEnd) => void;
  readonly #startedAt = performance.now();
  readonly #log: RunLog;
  readonly #calls: OpenCalls;
  #cpuLeftMs: number;
  #wallMs: number;
  #callsMade = 0;
  #callProblem: string | undefined;
  readonly #heldAtStartMs = threadHeldMs();
  #ownMs = 0;
  #extendedMs = 0;
  #wantsGrace = false;
  #expired = false;
  #done: RunDone | undefined;
  #ended = false;
  /** Set when the run waits; most runs end before. */
  #deadline: NodeJS.Timeout | undefined;

  constructor(
    { fn, context, link, currentMasks, callShares }: RunDeps,
    request: RunRequest,
    onEnd: (end: RunEnd) => void,
  ) {
    const { timeoutMs, cpuMs, logKb, hostCallsAtOnce } = fn.limits;
    this.#fn = fn;
    this.#context = context;
    this.#request = request;
    this.#link = link;
    this.#currentMasks = currentMasks;
    this.#onEnd = onEnd;
    const maxBytes = logKb * 1024;
    const limits = `a run may log ${MAX_LINES} lines and ${maxBytes} bytes (logKb)`;
    this.#log = new RunLog({ maxBytes, maxLines: MAX_LINES, limits });
    const wake = (call: number) => this.#enter("deliver", [call, '{"ok":true}', ""]);
    const { ask, call: send, cancel } = link;
    this.#calls = new OpenCalls(
      { ask, send, cancel, wake },
      {
        maxAtOnce: hostCallsAtOnce,
        holder: { name: request.key, provider: request.key },
        shares: callShares,
      },
    );
    this.#cpuLeftMs = cpuMs;
    this.#wallMs = timeoutMs;
  }

  start(head: string): void {
    this.#enter("invoke", [this.#context.begin(), ...this.#context.eventParts(head)]);
    if (this.#ended) return;
    this.#context.request?.keep();
    this.#deadline = setTimeout(() => this.#expire(), this.#wallLeftMs());
    this.#link.waiting();
  }

  #wallLeftMs(): number {
    return this.#wallMs - (performance.now() - this.#startedAt);
  }

  /** Main has room for a call that this run has announced. */
  letCall(call: number): void {
    this.#calls.go(call);
  }

  /** Passes the result of a host call to the script. */
  deliver(call: number, answer: string, body: string): void {
    if (this.#calls.answered(call)) this.#enter("deliver", [call, answer, body]);
  }

  /** Ends the run because its isolate is gone or its message was refused. */
  interrupt(): void {
    this.#end({ interrupted: "again" });
  }

  onPost(kind: PostKind, text: string): void {
    if (this.#ended) return;
    if (kind === "log") this.#log.add(text);
    else if (kind === "done" && this.#done !== undefined) this.#context.dropped += 1;
    else if (kind === "done") this.#done = JSON.parse(text);
    else if (kind === "call") this.#openCall(text);
    else if (kind === "cancel") this.#calls.cancel(Number(text));
    else if (kind === "grace") this.#wantsGrace = true;
  }

  #openCall(text: string): void {
    this.#callsMade += 1;
    // A call over a limit is not sent; the current entry ends the run.
    if (isLonger(text, MAX_CALL_BYTES))
      this.#callProblem = `a host call has ${Buffer.byteLength(text)} bytes, at most ${MAX_CALL_BYTES} are sent`;
    else if (this.#calls.waitingUnits + text.length > MAX_QUEUED_BYTES)
      this.#callProblem = `the host calls that wait for their turn have more than ${MAX_QUEUED_BYTES} bytes together`;
    else if (!this.#calls.hasRoom(text.length))
      this.#callProblem =
        "the host calls of this function that wait have more bytes than its share of its process: make fewer large ones at once, or lower concurrency";
    else if (this.#callsMade <= this.#fn.limits.hostCalls)
      this.#calls.open(JSON.parse(text), text.length);
  }

  /** Extends the deadline by the time in which other runs held the thread. */
  #extendDeadline(): void {
    const otherRunsMs = threadHeldMs() - this.#heldAtStartMs - this.#ownMs;
    const moreMs = Math.min(otherRunsMs, MAX_EXTENSION_MS) - this.#extendedMs;
    this.#extendedMs += moreMs;
    this.#wallMs += moreMs;
  }

  /** The timeout: aborts `ctx.signal`. A script that listens to it gets `GRACE_MS` to clean up. */
  #expire(): void {
    this.#extendDeadline();
    const leftMs = this.#wallLeftMs();
    if (leftMs >= 1) {
      this.#deadline = setTimeout(() => this.#expire(), leftMs);
      return;
    }
    this.#expired = true;
    this.#wallMs += GRACE_MS;
    this.#enter("expire", []);
    if (this.#ended) return;
    if (!this.#wantsGrace) this.timeOut();
    else this.#deadline = setTimeout(() => this.timeOut(), GRACE_MS);
  }

  /** Ends the run now, whatever the script waits for. */
  timeOut(): void {
    const { timeoutMs } = this.#fn.limits;
    this.#stop("TIMEOUT", `the function took longer than its limit: timeoutMs is ${timeoutMs}`);
  }

  #enter(name: string, args: readonly (string | number)[]): void {
    if (this.#ended) return;
    this.#extendDeadline();
    const heldBeforeMs = threadHeldMs();
    const wallLeftMs = this.#wallLeftMs();
    const kind = this.#cpuLeftMs <= wallLeftMs ? "CPU_LIMIT" : "TIMEOUT";
    const timeoutMs = Math.min(this.#cpuLeftMs, wallLeftMs);
    const failure = this.#context.enter(name, args, { id: this.#request.id, timeoutMs, kind });
    this.#ownMs += threadHeldMs() - heldBeforeMs;
    // The machine may be overloaded, so the run gets a second try alone.
    if (failure?.starved === true && !this.#request.alone) this.#end({ interrupted: "alone" });
    else this.#settle(failure);
    if (!this.#ended) this.#cpuLeftMs -= this.#context.cpuMs();
  }

  #settle(failure: EntryFailure | undefined): void {
    const { hostCalls } = this.#fn.limits;
    if (this.#callsMade > hostCalls)
      this.#stop("HOST_LIMIT", `the function made more than ${hostCalls} host calls (hostCalls)`);
    else if (this.#callProblem !== undefined) this.#stop("HOST_LIMIT", this.#callProblem);
    // A result counts only if its entry ended well: an unhandled rejection or an endless loop after it is an error.
    else if (failure?.kind === "TIMEOUT") this.timeOut();
    else if (failure !== undefined) this.#fail(failure.kind, failure.thrown);
    else if (this.#done !== undefined && this.#expired) this.timeOut();
    else if (this.#done !== undefined) this.#finish(this.#done);
    else if (this.#calls.size === 0 && !this.#expired)
      this.#stop("TIMEOUT", "the function waits for a promise that is never settled");
  }

  #stop(kind: keyof typeof STOP_NAMES, message: string): void {
    this.#fail(kind, { name: STOP_NAMES[kind], message, stack: "" });
  }

  #finish({ report: { fault, ...reported }, openCalls, pristine }: RunDone): void {
    const masks = this.#currentMasks();
    const outgoing = outgoingReport(reported, masks, this.#fn.limits);
    if ("problem" in outgoing) this.#stop("OUTPUT_LIMIT", outgoing.problem);
    else if (fault !== undefined)
      this.#fail(IS_GUEST_KIND[fault.kind] ? fault.kind : "SCRIPT_ERROR", fault, outgoing);
    else this.#report(outgoing, masks, openCalls === 0 && pristine);
  }

  /** `result` is masked already. */
  #fail(kind: FailureKind, thrown: Thrown, result: RunResult = {}): void {
    const masks = this.#currentMasks();
    const message = this.#limitMessage(kind) ?? thrown.message;
    const fault = makeFault(kind, { ...thrown, message }, this.#fn, masks.texts);
    this.#report({ ...result, fault }, masks, false);
  }

  /** The message for a limit, with the setting to change. */
  #limitMessage(kind: FailureKind): string | undefined {
    const { cpuMs, memoryMb } = this.#fn.limits;
    if (kind === "CPU_LIMIT")
      return `the function used more CPU time than its limit: cpuMs is ${cpuMs}`;
    if (kind !== "MEMORY_LIMIT") return undefined;
    return `the function used more memory than its limit: memoryMb is ${memoryMb}`;
  }

  #report(
    report: Omit<RunReport, "logs" | "durationMs">,
    { texts }: RunMasks,
    clean: boolean,
  ): void {
    const durationMs = performance.now() - this.#startedAt;
    this.#end({ report: { ...report, logs: [...this.#log.lines(texts)], durationMs }, clean });
  }

  #end(end: RunEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.#calls.close();
    this.#onEnd(end);
  }
}
