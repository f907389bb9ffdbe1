/** A request a child has not answered yet: its host calls, its time, and where its answer goes. */

import type { LimitKind } from "../wire/entry-mark.ts";
import type { Answer, HostAnswer, HostCall } from "../wire/protocol.ts";
import { MAX_FORGIVEN_MS } from "../wire/run-time.ts";
import type { SandboxChild } from "./child-process.ts";

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

export interface HostReply {
  readonly answer: HostAnswer;
  readonly body?: Buffer;
}

/** What there is to a run whose message is not stored yet. */
export interface Provisional {
  /** What it asks of main waits for this. False: the message was refused, and nothing of the run may be left. */
  readonly stored: Promise<boolean>;
  /** It has not ended in its first entry: it may take a while. */
  readonly onWaiting: () => void;
}

/** What a run of a function may do from within its child, and how long. */
export interface RunTerms {
  /** Of the function, as the child knows it. */
  readonly key: string;
  readonly timeoutMs: number;
  readonly hostCalls: number;
  readonly provisional: Provisional | undefined;
  /** Never rejects. `signal`: nobody waits for the answer any more. */
  readonly callHost: (call: HostCall, signal: AbortSignal) => Promise<HostReply>;
}

interface Asked {
  readonly id: number;
  readonly child: SandboxChild;
  readonly memoryMb: number;
  readonly accepts: ((answer: Answer) => boolean) | undefined;
}

export class PendingRequest {
  readonly id: number;
  readonly memoryMb: number;
  /** Whether an answer can be believed. */
  readonly accepts: (answer: Answer) => boolean;
  /** The child has been given it. */
  isSent = false;
  readonly #child: SandboxChild;
  readonly #terms: RunTerms | undefined;
  readonly #settle: (answer: Answer | Lost) => void;
  /** Those not answered yet; none before the first: most runs ask for nothing. */
  #calls: Map<number, AbortController> | undefined;
  #callsMade = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    { id, child, memoryMb, accepts = () => true }: Asked,
    terms: RunTerms | undefined,
    settle: (answer: Answer | Lost) => void,
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
  began(): void {
    if (this.#terms === undefined) return;
    this.#terms.provisional?.onWaiting();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#child.send({ type: "stop", id: this.id });
        this.#timer = setTimeout(() => this.#killIdle(), KILL_AFTER_MS);
      },
      this.#terms.timeoutMs + MAX_FORGIVEN_MS + STOP_AFTER_MS,
    );
  }

  call(call: HostCall): void {
    this.#callsMade += 1;
    if (this.#terms === undefined || this.#callsMade > this.#terms.hostCalls) {
      // The child counts too: one that lets more through is not what it was.
      this.#child.kill("protocol", this.id);
      return;
    }
    const abort = new AbortController();
    this.#calls ??= new Map();
    this.#calls.set(call.call, abort);
    void this.#answer(call, this.#terms, abort.signal);
  }

  cancel(call: number): void {
    this.#calls?.get(call)?.abort();
    this.#calls?.delete(call);
  }

  settle(answer: Answer | Lost): void {
    clearTimeout(this.#timer);
    if (this.#calls !== undefined) for (const abort of this.#calls.values()) abort.abort();
    this.#calls = undefined;
    this.#settle(answer);
  }

  async #answer(call: HostCall, terms: RunTerms, signal: AbortSignal): Promise<void> {
    const { answer, body } = await terms.callHost(call, signal);
    if (this.#calls?.delete(call.call) !== true) return;
    const parts = body === undefined ? [] : [body];
    this.#child.send({ type: "reply", id: this.id, call: call.call, answer }, parts);
  }

  /** While something else runs, the order to stop waits in the pipe, and that run has a deadline of its own. */
  #killIdle(): void {
    if (this.#child.mark().id === 0) this.#child.kill("TIMEOUT", this.id);
    else this.#timer = setTimeout(() => this.#killIdle(), KILL_AFTER_MS);
  }
}
