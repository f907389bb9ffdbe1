/** A request a child has not answered yet: its host calls, its time, and where its answer goes. */

import type { LimitKind } from "../wire/entry-mark.ts";
import type { ChildReport, HostAsk, HostCall } from "../wire/protocol.ts";
import { MAX_EXTENSION_MS } from "../wire/run-time.ts";
import type { SandboxChild } from "./child-process.ts";
import { RunCalls } from "./run-calls.ts";
import type { RunTerms } from "./run-terms.ts";

/** How much longer than the child itself main waits before it steps in. */
const STOP_AFTER_MS = 250;
const KILL_AFTER_MS = 250;

/** The child died before it answered. */
export interface Lost {
  readonly type: "lost";
  /** The limit this very request broke; undefined when it is innocent, or nobody can tell. */
  readonly fault: LimitKind | "MEMORY_LIMIT" | "CRASH" | undefined;
  /** It was being run when the child died, whatever the child died of. */
  readonly running: boolean;
  /** False when the child never came up: what was given to it was certainly not run. */
  readonly begun: boolean;
  /** Others shared its isolate: their memory may have been the trouble. */
  readonly shared: boolean;
  /** How far matching had come, for a careful request. */
  readonly step: number;
}

interface Asked {
  readonly id: number;
  readonly child: SandboxChild;
  readonly memoryMb: number;
  readonly accepts: ((answer: ChildReport) => boolean) | undefined;
}

export class PendingRequest {
  readonly id: number;
  readonly memoryMb: number;
  /** Whether an answer can be believed. */
  readonly accepts: (answer: ChildReport) => boolean;
  /** The child has been given it. */
  isSent = false;
  readonly #child: SandboxChild;
  readonly #terms: RunTerms | undefined;
  readonly #settle: (answer: ChildReport | Lost) => void;
  /** Undefined before the first: most runs make none. */
  #calls: RunCalls | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    { id, child, memoryMb, accepts = () => true }: Asked,
    terms: RunTerms | undefined,
    settle: (answer: ChildReport | Lost) => void,
  ) {
    this.id = id;
    this.memoryMb = memoryMb;
    this.accepts = accepts;
    this.#child = child;
    this.#terms = terms;
    this.#settle = settle;
    void terms?.provisional?.stored.then((isStored) => {
      if (isStored) return;
      // Also when the run has ended: the child still has what it left behind.
      if (this.isSent) child.send({ type: "discard", id, key: terms.key });
      else this.settle({ type: "interrupted", id, alone: false });
    });
  }

  /** The child keeps the time of a run; should it fail to, main stops the run, and then the child. */
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

  settle(answer: ChildReport | Lost): void {
    clearTimeout(this.#timer);
    this.#calls?.close();
    this.#calls = undefined;
    this.#settle(answer);
  }

  /** Undefined for what is no run, which makes no calls unless its child is not what it was. */
  #callsOfRun(): RunCalls | undefined {
    const { id } = this;
    const [child, terms] = [this.#child, this.#terms];
    if (terms === undefined) child.kill("protocol", id);
    else this.#calls ??= new RunCalls({ id, child, terms });
    return this.#calls;
  }

  /** While something else runs, the order to stop waits in the pipe, and that run has a deadline of its own. */
  #killIdle(): void {
    if (this.#child.mark().id === 0) this.#child.kill("TIMEOUT", this.id);
    else this.#timer = setTimeout(() => this.#killIdle(), KILL_AFTER_MS);
  }
}
