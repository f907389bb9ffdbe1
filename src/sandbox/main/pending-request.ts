/** A request that a child has not settled yet: its host calls, its timers and its callback. */

import type { LimitKind } from "../wire/entry-mark.ts";
import type { ChildReport, HostAsk, HostCall } from "../wire/protocol.ts";
import { MAX_EXTENSION_MS } from "../wire/run-time.ts";
import type { SandboxChild } from "./child-process.ts";
import { RunCalls } from "./run-calls.ts";
import type { RunTerms } from "./run-terms.ts";

/** How much longer than the child main waits before it stops the run. */
const STOP_AFTER_MS = 250;
const KILL_AFTER_MS = 250;

/** The child died before it sent the report. */
export interface Lost {
  readonly type: "lost";
  /** The limit that this request exceeded; undefined if it did not, or if that is unknown. */
  readonly fault: LimitKind | "MEMORY_LIMIT" | "CRASH" | undefined;
  /** True if it was running when the child died, whatever the cause. */
  readonly running: boolean;
  /** False if the child never started: then the request was certainly not run. */
  readonly begun: boolean;
  /** True if other runs shared the isolate and may have used its memory. */
  readonly shared: boolean;
  /** The current step of matching, if steps were marked. */
  readonly step: number;
}

interface SentRequest {
  readonly id: number;
  readonly child: SandboxChild;
  readonly memoryMb: number;
  readonly accepts: ((report: ChildReport) => boolean) | undefined;
}

export class PendingRequest {
  readonly id: number;
  readonly memoryMb: number;
  /** Whether a report is valid for this request. */
  readonly accepts: (report: ChildReport) => boolean;
  /** The request was sent to the child. */
  isSent = false;
  readonly #child: SandboxChild;
  readonly #terms: RunTerms | undefined;
  readonly #settle: (report: ChildReport | Lost) => void;
  /** Undefined until the first host call, since most runs make none. */
  #calls: RunCalls | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    { id, child, memoryMb, accepts = () => true }: SentRequest,
    terms: RunTerms | undefined,
    settle: (report: ChildReport | Lost) => void,
  ) {
    this.id = id;
    this.memoryMb = memoryMb;
    this.accepts = accepts;
    this.#child = child;
    this.#terms = terms;
    this.#settle = settle;
    void terms?.provisional?.stored.then((isStored) => {
      if (isStored) return;
      // This is sent also after the end of the run, because the child still holds the call.
      if (this.isSent) child.send({ type: "discard", id, key: terms.key });
      else this.settle({ type: "interrupted", id, alone: false });
    });
  }

  /** The child enforces the timeout of a run. If it fails to, main stops the run, and then kills the child. */
  onWaiting(): void {
    if (this.#terms === undefined) return;
    this.#terms.provisional?.onWaiting();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#child.send({ type: "stop", id: this.id });
        this.#timer = setTimeout(() => this.#killIdle(), KILL_AFTER_MS);
      },
      this.#terms.timeoutMs + MAX_EXTENSION_MS + STOP_AFTER_MS,
    );
  }

  ask(ask: HostAsk): void {
    this.#callsOfRun()?.ask(ask);
  }

  call(call: HostCall): void {
    this.#callsOfRun()?.call(call);
  }

  cancel(call: number): void {
    this.#calls?.cancel(call);
  }

  settle(report: ChildReport | Lost): void {
    clearTimeout(this.#timer);
    this.#calls?.close();
    this.#calls = undefined;
    this.#settle(report);
  }

  /** Undefined for a request that is not a run: only a compromised child makes host calls for one. */
  #callsOfRun(): RunCalls | undefined {
    const { id } = this;
    const [child, terms] = [this.#child, this.#terms];
    if (terms === undefined) child.kill("protocol", id);
    else this.#calls ??= new RunCalls({ id, child, terms });
    return this.#calls;
  }

  /** While another run executes, the stop message waits in the pipe, and that run has its own deadline. */
  #killIdle(): void {
    if (this.#child.mark().id === 0) this.#child.kill("TIMEOUT", this.id);
    else this.#timer = setTimeout(() => this.#killIdle(), KILL_AFTER_MS);
  }
}
