/** One run of a function: its context, its time, its host calls, and the moment it is over. */
import type { FailureKind } from "../../model/execution.ts";
import type { FairShares } from "../../sharing/fair-shares.ts";
import type { PostKind, RunDone, SaidByRun } from "../wire/guest-posts.ts";
import type { ChildFunction, RunReport, RunRequest } from "../wire/protocol.ts";
import { MAX_FORGIVEN_MS } from "../wire/run-time.ts";
import { isLonger } from "./cut-text.ts";
import { makeFault, type Thrown } from "./fault.ts";
import type { EntryFailure, GuestContext } from "./guest-context.ts";
import { type Ask, type HostCall, OpenCalls } from "./open-calls.ts";
import { RunLog } from "./run-log.ts";
import { leavingReport, type RunMasks } from "./run-report.ts";
import { threadHeldMs } from "./running-entry.ts";

/** How long a script that listens to `ctx.signal` may tidy up once its time is over. */
const GRACE_MS = 200;
/** Of one host call as JSON in UTF-8: a body of 1 MB, whose characters may be escaped, and what goes with it. */
const MAX_CALL_BYTES = 8 * 1024 * 1024;
/** Of the calls that wait for their turn. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const MAX_LINES = 1000;

/** The way from a run to main. */
export interface RunLink {
  /** The run goes on after its first entry: it waits for something. */
  readonly began: () => void;
  readonly ask: (ask: Ask) => void;
  readonly call: (call: HostCall) => void;
  readonly cancel: (call: number) => void;
}

/** What a run that is stopped is told, by kind. */
const STOPPED = {
  TIMEOUT: "Timeout",
  HOST_LIMIT: "HostLimit",
  OUTPUT_LIMIT: "OutputLimit",
} as const;

/** What the guest may say of a run that failed. Main ends a process that reports a kind it does not know. */
const SAID_KINDS: ReadonlySet<FailureKind> = new Set([
  "SCRIPT_ERROR",
  "OUTPUT_LIMIT",
  "EGRESS_DENIED",
  "HOST_LIMIT",
]);

/** How a run ended. */
export type RunEnd =
  | {
      readonly report: RunReport;
      /** Whether the context may serve another run. */
      readonly clean: boolean;
    }
  /** Nobody can say that it was at fault: it is to be run again, by itself if it is a suspect. */
  | { readonly interrupted: "again" | "alone" };

interface RunDeps {
  readonly fn: ChildFunction;
  readonly context: GuestContext;
  readonly link: RunLink;
  /** What must not leave, as far as it is known by now: asked when the run is over. */
  readonly masksNow: () => RunMasks;
  /** Of the bytes of calls that wait in this process. */
  readonly callShares: FairShares;
}

export class FunctionRun {
  readonly #fn: ChildFunction;
  readonly #context: GuestContext;
  readonly #request: RunRequest;
  readonly #link: RunLink;
  readonly #masksNow: () => RunMasks;
  readonly #onEnd: (end: RunEnd) => void;
  readonly #startedAt = performance.now();
  readonly #log: RunLog;
  readonly #calls: OpenCalls;
  #cpuLeftMs: number;
  #wallMs: number;
  #callsMade = 0;
  #tooLarge: string | undefined;
  readonly #heldAtStartMs = threadHeldMs();
  #ownMs = 0;
  #forgivenMs = 0;
  #wantsGrace = false;
  #expired = false;
  #done: RunDone | undefined;
  #ended = false;
  /** Set when the run waits: most have ended by then. */
  #deadline: NodeJS.Timeout | undefined;

  constructor(
    { fn, context, link, masksNow, callShares }: RunDeps,
    request: RunRequest,
    onEnd: (end: RunEnd) => void,
  ) {
    const { timeoutMs, cpuMs, logKb, hostCallsAtOnce } = fn.limits;
    this.#fn = fn;
    this.#context = context;
    this.#request = request;
    this.#link = link;
    this.#masksNow = masksNow;
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
    this.#link.began();
  }

  #wallLeftMs(): number {
    return this.#wallMs - (performance.now() - this.#startedAt);
  }

  /** Main has room for a call it was asked about. */
  letCall(call: number): void {
    this.#calls.go(call);
  }

  /** Hands the script what a host call led to. */
  deliver(call: number, answer: string, body: string): void {
    if (this.#calls.answered(call)) this.#enter("deliver", [call, answer, body]);
  }

  /** Through no fault of its own: its isolate is gone, or its message. */
  interrupt(): void {
    this.#end({ interrupted: "again" });
  }

  onPost(kind: PostKind, text: string): void {
    if (this.#ended) return;
    if (kind === "log") this.#log.add(text);
    else if (kind === "done" && this.#done !== undefined) this.#context.dropped += 1;
    else if (kind === "done") this.#done = JSON.parse(text);
    else if (kind === "call") this.#open(text);
    else if (kind === "cancel") this.#calls.cancel(Number(text));
    else if (kind === "grace") this.#wantsGrace = true;
  }

  #open(text: string): void {
    this.#callsMade += 1;
    // What is too much never leaves; the entry in which it happens ends the run.
    if (isLonger(text, MAX_CALL_BYTES))
      this.#tooLarge = `a host call has ${Buffer.byteLength(text)} bytes, at most ${MAX_CALL_BYTES} are sent`;
    else if (this.#calls.waitingUnits + text.length > MAX_WAITING_BYTES)
      this.#tooLarge = `the host calls that wait for their turn have more than ${MAX_WAITING_BYTES} bytes together`;
    else if (!this.#calls.hasRoom(text.length))
      this.#tooLarge =
        "the host calls of this function that wait have more bytes than its share of its process: make fewer large ones at once, or lower concurrency";
    else if (this.#callsMade <= this.#fn.limits.hostCalls)
      this.#calls.open(JSON.parse(text), text.length);
  }

  /** Time in which others held the thread is not the run's: it could not go on. */
  #forgive(): void {
    const foreignMs = threadHeldMs() - this.#heldAtStartMs - this.#ownMs;
    const moreMs = Math.min(foreignMs, MAX_FORGIVEN_MS) - this.#forgivenMs;
    this.#forgivenMs += moreMs;
    this.#wallMs += moreMs;
  }

  /** The soft stop: a script that asked to be told is told, and has a moment to tidy up. */
  #expire(): void {
    this.#forgive();
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

  /** Ends the run whatever the script is waiting for. */
  timeOut(): void {
    const { timeoutMs } = this.#fn.limits;
    this.#stop("TIMEOUT", `the function took longer than it may: timeoutMs is ${timeoutMs}`);
  }

  #enter(name: string, args: readonly (string | number)[]): void {
    if (this.#ended) return;
    this.#forgive();
    const heldBeforeMs = threadHeldMs();
    const wallLeftMs = this.#wallLeftMs();
    const kind = this.#cpuLeftMs <= wallLeftMs ? "CPU_LIMIT" : "TIMEOUT";
    const timeoutMs = Math.min(this.#cpuLeftMs, wallLeftMs);
    const failure = this.#context.enter(name, args, { id: this.#request.id, timeoutMs, kind });
    this.#ownMs += threadHeldMs() - heldBeforeMs;
    // It is the machine's fault, unless it happens again to a run that nobody disturbs.
    if (failure?.starved === true && !this.#request.alone) this.#end({ interrupted: "alone" });
    else this.#settle(failure);
    if (!this.#ended) this.#cpuLeftMs -= this.#context.cpuMs();
  }

  #settle(failure: EntryFailure | undefined): void {
    const { hostCalls } = this.#fn.limits;
    if (this.#callsMade > hostCalls)
      this.#stop("HOST_LIMIT", `the function made more than ${hostCalls} host calls (hostCalls)`);
    else if (this.#tooLarge !== undefined) this.#stop("HOST_LIMIT", this.#tooLarge);
    // A result counts only when its entry settled: a floating rejection or a loop after it is the script's fault too.
    else if (failure?.kind === "TIMEOUT") this.timeOut();
    else if (failure !== undefined) this.#fail(failure.kind, failure.thrown);
    else if (this.#done !== undefined && this.#expired) this.timeOut();
    else if (this.#done !== undefined) this.#finish(this.#done);
    else if (this.#calls.size === 0 && !this.#expired)
      this.#stop("TIMEOUT", "the function waits for a promise that nothing will settle");
  }

  #stop(kind: keyof typeof STOPPED, message: string): void {
    this.#fail(kind, { name: STOPPED[kind], message, stack: "" });
  }

  #finish({ report: { fault, ...said }, left, pristine }: RunDone): void {
    const masks = this.#masksNow();
    const leaving = leavingReport(said, masks, this.#fn.limits);
    if ("tooMuch" in leaving) this.#stop("OUTPUT_LIMIT", leaving.tooMuch);
    else if (fault !== undefined)
      this.#fail(SAID_KINDS.has(fault.kind) ? fault.kind : "SCRIPT_ERROR", fault, leaving);
    else this.#report(leaving, masks, left === 0 && pristine);
  }

  /** `said`: as it leaves. */
  #fail(kind: FailureKind, thrown: Thrown, said: SaidByRun = {}): void {
    const masks = this.#masksNow();
    const message = this.#limitText(kind) ?? thrown.message;
    const fault = makeFault(kind, { ...thrown, message }, this.#fn, masks.texts);
    this.#report({ ...said, fault }, masks, false);
  }

  /** Names the setting to change. */
  #limitText(kind: FailureKind): string | undefined {
    const { cpuMs, memoryMb } = this.#fn.limits;
    if (kind === "CPU_LIMIT")
      return `the function used more CPU time than it may: cpuMs is ${cpuMs}`;
    if (kind !== "MEMORY_LIMIT") return undefined;
    return `the function used more memory than it may: memoryMb is ${memoryMb}`;
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
