/**
 * Host calls, which main answers later. Each answer comes in an entry of its own, so a loop after the `await` is
 * stopped like any other.
 */
import type { FailureKind } from "../../model/failure-kind.ts";
import type { CallPost } from "../wire/guest-posts.ts";
import type { HostAnswer } from "../wire/protocol.ts";
import { hostPost } from "./bridge.ts";

const { stringify } = JSON;
const { captureStackTrace } = Error;

/** The error of a host call that was refused or failed. */
export class HostCallError extends Error {
  readonly #kind: FailureKind;

  /**
   * `callSite`: the stack of the call. The answer comes in an entry of its own, whose stack does not contain the
   * script.
   */
  constructor({ kind, name, message }: Extract<HostAnswer, { ok: false }>, callSite: string) {
    super(message);
    this.#kind = kind;
    this.name = name;
    this.stack = `${name}: ${message}\n${callSite}`;
  }

  /** The kind of failure if the error is not caught; undefined for errors of other classes. */
  static kindOf(thrown: unknown): FailureKind | undefined {
    return typeof thrown === "object" && thrown !== null && #kind in thrown
      ? thrown.#kind
      : undefined;
  }
}

// The constructor is hidden, so that a script cannot create such an error with a kind of its choice.
Reflect.defineProperty(HostCallError.prototype, "constructor", { value: Error });

interface PendingCall {
  readonly resolve: (answer: { readonly value: unknown; readonly body: string }) => void;
  readonly reject: (error: unknown) => void;
  readonly callSite: string;
}

const pending = new Map<number, PendingCall>();
/** Never reused in this context: an answer must not reach a call of a later run. */
let lastCall = 0;
/** The number of the current run. */
let current = 0;

export interface OpenCall {
  readonly result: Promise<{ readonly value: unknown; readonly body: string }>;
  /** Rejects the call with `reason` and tells main that the answer is not needed. */
  readonly cancel: (reason: unknown) => void;
}

/**
 * False for the `ctx` of an earlier run, which a script may have kept. The call is reported to the host, since the
 * context must not be reused.
 */
export function isCurrent(run: number): boolean {
  if (run !== current) hostPost("late", "", run);
  return run === current;
}

/** Throws if `run` is over: main would take the call for one of the current run. */
export function openCall(run: number, operation: string, argument: unknown): OpenCall {
  if (!isCurrent(run))
    throw new Error(
      "this ctx is of an earlier run, which is over: use the ctx that the function was called with",
    );
  lastCall += 1;
  const call = lastCall;
  const callSite = { stack: "" };
  captureStackTrace(callSite);
  const result = new Promise<{ value: unknown; body: string }>((resolve, reject) => {
    pending.set(call, { resolve, reject, callSite: callSite.stack });
  });
  hostPost("call", stringify({ call, operation, argument } satisfies CallPost), run);
  const cancel = (reason: unknown) => {
    const open = pending.get(call);
    if (open === undefined) return;
    pending.delete(call);
    hostPost("cancel", String(call), run);
    open.reject(reason);
  };
  return { result, cancel };
}

/** Calls main and waits for the value of its answer. */
export async function callMain<Value>(
  run: number,
  operation: string,
  argument: unknown,
): Promise<Value> {
  const { value } = await openCall(run, operation, argument).result;
  return value as Value;
}

export function settleCall(call: number, answer: HostAnswer, body: string): void {
  const open = pending.get(call);
  pending.delete(call);
  if (answer.ok) open?.resolve({ value: answer.value, body });
  else open?.reject(new HostCallError(answer, open.callSite));
}

/** The number of calls without an answer. */
export const openCallCount = (): number => pending.size;

/** Starts a run and forgets the calls of earlier runs. */
export function startCalls(run: number): void {
  current = run;
  pending.clear();
}
