/**
 * Main's side of the host calls of one run. A call waits for room, is answered, and holds its room until the child has
 * the answer.
 */
import type { HostAnswer, HostAsk, HostCall } from "../wire/protocol.ts";
import type { CallRoom, CallSize } from "./call-room.ts";
import type { SandboxChild } from "./child-process.ts";
import type { RunTerms } from "./run-terms.ts";

const MAX_TIMEOUT_MS = 300_000;

interface OpenCall {
  readonly abort: AbortController;
  readonly room: CallRoom;
  state: "waiting" | "admitted" | "running";
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
  /** Calls without an answer. */
  readonly #open = new Map<number, OpenCall>();
  #made = 0;

  constructor({ id, child, terms }: RunCallsDeps) {
    this.#id = id;
    this.#child = child;
    this.#terms = terms;
  }

  /** The child asks for room for a call, and keeps the call until then. */
  ask({ call, operation, units, waitedMs, timeoutMs }: HostAsk): void {
    const open = this.#begin(call, waitedMs);
    const leftMs = timeoutMs === undefined ? undefined : timeoutMs - waitedMs;
    if (open !== undefined) void this.#admit({ call, operation, units, leftMs, timeoutMs }, open);
  }

  call(call: HostCall): void {
    const announced = this.#open.get(call.call);
    // The call should have waited for main's permission, so the child may be compromised.
    if (announced !== undefined && announced.state !== "admitted")
      this.#child.kill("protocol", this.#id);
    else if (announced !== undefined) void this.#answer(call, announced);
    else {
      const open = this.#begin(call.call, 0);
      if (open !== undefined) void this.#admitAndAnswer(call, open);
    }
  }

  cancel(call: number): void {
    const open = this.#open.get(call);
    if (open !== undefined) this.#drop(call, open);
  }

  /** Drops all open calls: the run is over. */
  close(): void {
    for (const [call, open] of this.#open) this.#drop(call, open);
  }

  /** Undefined when the run makes more calls than it may. */
  #begin(call: number, waitedMs: number): OpenCall | undefined {
    this.#made += 1;
    if (this.#made > this.#terms.hostCalls) {
      // The child enforces the same limit, so a child that exceeds it may be compromised.
      this.#child.kill("protocol", this.#id);
      return undefined;
    }
    const abort = new AbortController();
    const open: OpenCall = { abort, room: this.#terms.roomFor(waitedMs), state: "waiting" };
    this.#open.set(call, open);
    return open;
  }

  async #admit(request: RoomRequest, open: OpenCall): Promise<void> {
    if (!(await this.#takeRoom(request, open))) return;
    open.state = "admitted";
    this.#child.send({ type: "go", id: this.#id, call: request.call });
  }

  async #admitAndAnswer(call: HostCall, open: OpenCall): Promise<void> {
    const { operation, argument } = call;
    const timeoutMs = timeoutOf(argument);
    const request = { call: call.call, operation, units: 0, leftMs: timeoutMs, timeoutMs };
    if (await this.#takeRoom(request, open)) await this.#answer(call, open);
  }

  /** False when the call was cancelled, or its timeout passed before there was room. */
  async #takeRoom(
    { call, leftMs, timeoutMs, ...size }: RoomRequest,
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
    open.state = "running";
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
    // In the other states, a pending method of this class releases the room.
    if (open.state === "admitted") open.room[Symbol.dispose]();
  }
}

interface RoomRequest extends CallSize {
  readonly call: number;
  readonly leftMs: number | undefined;
  readonly timeoutMs: number | undefined;
}

/** Unchecked: the schema of the operation validates the argument when the call runs. */
function timeoutOf(argument: unknown): number | undefined {
  const { timeoutMs }: { timeoutMs?: unknown } = Object(argument);
  return typeof timeoutMs === "number" && timeoutMs > 0 ? timeoutMs : undefined;
}

const lateAnswer = (timeoutMs: number): HostAnswer => ({
  ok: false,
  kind: "SCRIPT_ERROR",
  name: "TimeoutError",
  message: `the call did not start within ${timeoutMs} ms: the running calls of this function or its provider hold their whole share; make fewer calls at once, or raise the call's timeout`,
});
