/** Calls that main answers later, each in an entry of its own: a loop behind the `await` is stopped like any other. */
import type { FailureKind } from "../../model/execution.ts";
import type { CallPost } from "../wire/guest-posts.ts";
import type { HostAnswer } from "../wire/protocol.ts";
import { hostPost } from "./bridge.ts";

const { stringify } = JSON;
const { captureStackTrace } = Error;

/** A host call that was refused or failed. */
export class HostCallError extends Error {
  readonly #kind: FailureKind;

  /** `site`: the stack of the call. The answer comes in an entry of its own, which knows nothing of the script. */
  constructor({ kind, name, message }: Extract<HostAnswer, { ok: false }>, site: string) {
    super(message);
    this.#kind = kind;
    this.name = name;
    this.stack = `${name}: ${message}\n${site}`;
  }

  /** The kind of failure it is when nobody catches it; undefined for other errors, however they look. */
  static kindOf(thrown: unknown): FailureKind | undefined {
    return typeof thrown === "object" && thrown !== null && #kind in thrown
      ? thrown.#kind
      : undefined;
  }
}

// A script that catches such an error must not be able to make one of a kind of its own choice.
Reflect.defineProperty(HostCallError.prototype, "constructor", { value: Error });

interface Waiting {
  readonly resolve: (answer: { readonly value: unknown; readonly body: string }) => void;
  readonly reject: (error: unknown) => void;
  readonly site: string;
}

const waiting = new Map<number, Waiting>();
/** Never reused in this context: an answer must not reach a call of a later run. */
let lastCall = 0;
/** The run whose calls are made now. */
let current = 0;

export interface OpenCall {
  readonly answered: Promise<{ readonly value: unknown; readonly body: string }>;
  /** Rejects it with `reason` and tells main that nobody waits any more. */
  readonly cancel: (reason: unknown) => void;
}

/** False for the `ctx` of an earlier run, which a script may have kept. The host is told: such a context is not used again. */
export function isCurrent(run: number): boolean {
  if (run !== current) hostPost("late", "", run);
  return run === current;
}

/** Throws when `run` is over: main would take the call for one of the current run. */
export function openCall(run: number, operation: string, argument: unknown): OpenCall {
  if (!isCurrent(run))
    throw new Error(
      "this ctx is of an earlier run, which is over: use the ctx that the function was called with",
    );
  lastCall += 1;
  const call = lastCall;
  const site = { stack: "" };
  captureStackTrace(site);
  const answered = new Promise<{ value: unknown; body: string }>((resolve, reject) => {
    waiting.set(call, { resolve, reject, site: site.stack });
  });
  hostPost("call", stringify({ call, operation, argument } satisfies CallPost), run);
  const cancel = (reason: unknown) => {
    const open = waiting.get(call);
    if (open === undefined) return;
    waiting.delete(call);
    hostPost("cancel", String(call), run);
    open.reject(reason);
  };
  return { answered, cancel };
}

/** Calls main and waits for the value of its answer. */
export async function callMain<Value>(
  run: number,
  operation: string,
  argument: unknown,
): Promise<Value> {
  const { value } = await openCall(run, operation, argument).answered;
  return value as Value;
}

export function settleCall(call: number, answer: HostAnswer, body: string): void {
  const open = waiting.get(call);
  waiting.delete(call);
  if (answer.ok) open?.resolve({ value: answer.value, body });
  else open?.reject(new HostCallError(answer, open.site));
}

/** How many calls nobody waited for. */
export const openCallCount = (): number => waiting.size;

/** Calls of earlier runs are forgotten. */
export function startCalls(run: number): void {
  current = run;
  waiting.clear();
}
