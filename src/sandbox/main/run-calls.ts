/** The host calls of one run, on main's side: each waits for room, is answered, and holds its room until the child has it. */
import type { HostAnswer, HostAsk, HostCall } from "../wire/protocol.ts";
import type { CallRoom, CallSize } from "./call-room.ts";
import type { SandboxChild } from "./child-process.ts";
import type { RunTerms } from "./run-terms.ts";

const MAX_TIMEOUT_MS = 300_000;

interface OpenCall {
  readonly abort: AbortController;
  readonly room: CallRoom;
  state: "waiting" | "let in" | "under way";
}

export interface RunCallsDeps {
  readonly id: number;
  readonly child: SandboxChild;
  readonly terms: RunTerms;
}

export class RunCalls {
  readonly #id: number;
  readonly #child: SandboxChild;
  readonly #terms: RunTerms;
  /** Those not answered yet. */
  readonly #open = new Map<number, OpenCall>();
  #made = 0;

  constructor({ id, child, terms }: RunCallsDeps) {
    this.#id = id;
    this.#child = child;
    this.#terms = terms;
  }

  /** The child has a call, and waits until there is room for it. */
  ask({ call, operation, units, waitedMs, timeoutMs }: HostAsk): void {
    const open = this.#begin(call, waitedMs);
    const leftMs = timeoutMs === undefined ? undefined : timeoutMs - waitedMs;
    if (open !== undefined) void this.#letIn({ call, operation, units, leftMs, timeoutMs }, open);
  }

  call(call: HostCall): void {
    const asked = this.#open.get(call.call);
    // It was to wait: a child that does not is not what it was.
    if (asked !== undefined && asked.state !== "let in") this.#child.kill("protocol", this.#id);
    else if (asked !== undefined) void this.#answer(call, asked);
    else {
      const open = this.#begin(call.call, 0);
      if (open !== undefined) void this.#answerSoon(call, open);
    }
  }

  cancel(call: number): void {
    const open = this.#open.get(call);
    if (open !== undefined) this.#drop(call, open);
  }

  /** Nobody waits for answers any more. */
  close(): void {
    for (const [call, open] of this.#open) this.#drop(call, open);
  }

  /** Undefined when the run makes more calls than it may. */
  #begin(call: number, waitedMs: number): OpenCall | undefined {
    this.#made += 1;
    if (this.#made > this.#terms.hostCalls) {
      // The child counts too: one that lets more through is not what it was.
      this.#child.kill("protocol", this.#id);
      return undefined;
    }
    const abort = new AbortController();
    const open: OpenCall = { abort, room: this.#terms.roomFor(waitedMs), state: "waiting" };
    this.#open.set(call, open);
    return open;
  }

  async #letIn(wanted: Wanted, open: OpenCall): Promise<void> {
    if (!(await this.#hasEntered(wanted, open))) return;
    open.state = "let in";
    this.#child.send({ type: "go", id: this.#id, call: wanted.call });
  }

  async #answerSoon(call: HostCall, open: OpenCall): Promise<void> {
    const { operation, argument } = call;
    const timeoutMs = timeoutOf(argument);
    const wanted = { call: call.call, operation, units: 0, leftMs: timeoutMs, timeoutMs };
    if (await this.#hasEntered(wanted, open)) await this.#answer(call, open);
  }

  /** False when the call is over: nobody waits for it any more, or its time was up before it had its turn. */
  async #hasEntered(
    { call, leftMs, timeoutMs, ...size }: Wanted,
    open: OpenCall,
  ): Promise<boolean> {
    const { abort, room } = open;
    const timer =
      leftMs === undefined
        ? undefined
        : setTimeout(() => abort.abort(), Math.min(Math.max(leftMs, 0), MAX_TIMEOUT_MS));
    try {
      await room.enter(size, abort.signal);
    } catch {
      room[Symbol.dispose]();
      if (this.#isOpen(call, open)) this.#refuse(call, timeoutMs);
      return false;
    } finally {
      clearTimeout(timer);
    }
    if (this.#isOpen(call, open)) return true;
    room[Symbol.dispose]();
    return false;
  }

  #refuse(call: number, timeoutMs: number | undefined): void {
    this.#open.delete(call);
    const answer = lateAnswer(timeoutMs ?? 0);
    this.#child.send({ type: "reply", id: this.#id, call, answer });
  }

  async #answer(call: HostCall, open: OpenCall): Promise<void> {
    open.state = "under way";
    const { room, abort } = open;
    const { answer, body } = await this.#terms.callHost(call, abort.signal, room);
    if (!this.#isOpen(call.call, open)) {
      room[Symbol.dispose]();
      return;
    }
    this.#open.delete(call.call);
    const parts = body === undefined ? [] : [body];
    const reply = { type: "reply", id: this.#id, call: call.call, answer } as const;
    this.#child.send(reply, parts, () => room[Symbol.dispose]());
  }

  #isOpen(call: number, open: OpenCall): boolean {
    return this.#open.get(call) === open;
  }

  #drop(call: number, open: OpenCall): void {
    this.#open.delete(call);
    open.abort.abort();
    // In the other states a function of this class waits, and gives the room back when it goes on.
    if (open.state === "let in") open.room[Symbol.dispose]();
  }
}

interface Wanted extends CallSize {
  readonly call: number;
  readonly leftMs: number | undefined;
  readonly timeoutMs: number | undefined;
}

/** What scripts gave is checked when the call is made. */
function timeoutOf(argument: unknown): number | undefined {
  const { timeoutMs }: { timeoutMs?: unknown } = Object(argument);
  return typeof timeoutMs === "number" && timeoutMs > 0 ? timeoutMs : undefined;
}

const lateAnswer = (timeoutMs: number): HostAnswer => ({
  ok: false,
  kind: "SCRIPT_ERROR",
  name: "TimeoutError",
  message: `the call was not made within ${timeoutMs} ms: it waited for its turn, as calls under way hold all that this function, or its provider, may hold; make fewer calls at once, or raise the call's timeout`,
});
