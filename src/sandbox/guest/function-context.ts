/** The `ctx` of one run of a function, and what the run has said through it so far. */
import type { FunctionContext, MatchContext } from "../hookyard.d.ts";
import { type Answer, readAnswer } from "./answer.ts";
import type { EventHead } from "./event.ts";
import { formatLine } from "./format.ts";
import { callMain } from "./host-call.ts";
import { http } from "./http.ts";
import { kv } from "./kv.ts";
import { writeLog } from "./logbook.ts";
import { asStandard } from "./standard.ts";
import { AbortController } from "./web/abort.ts";
import { DOMException } from "./web/dom-exception.ts";

/** What a run reports beside its result; becomes part of the answer to main. */
export interface Sayings {
  message?: string;
  skipped?: string;
  response?: Answer;
  retryAfterMs?: number;
}

/** `throw new ctx.Fatal(…)`: trying again cannot help. */
export class Fatal extends Error {
  override readonly name = "Fatal";
}

const MAX_SLEEP_MS = 300_000;
/** A week: what is to be tried again later than that is better submitted again. */
const MAX_RETRY_AFTER_MS = 604_800_000;
const { isFinite: isFiniteNumber } = Number;

export function setMessage(said: Sayings, text: unknown): void {
  const line = formatLine([text]);
  said.message = line;
  // An error overwrites the message line; what the script said stays readable here.
  writeLog("info", [line]);
}

function retryAfter(said: Sayings, seconds: unknown): void {
  if (typeof seconds !== "number" || !isFiniteNumber(seconds) || seconds < 0) {
    throw new TypeError(
      `ctx.retryAfter: ${formatLine([seconds])} was given, a number of seconds from 0 was expected`,
    );
  }
  said.retryAfterMs = Math.min(Math.round(seconds * 1000), MAX_RETRY_AFTER_MS);
}

function sleep(ms: unknown): Promise<void> {
  if (typeof ms !== "number" || !(ms >= 0 && ms <= MAX_SLEEP_MS)) {
    throw new TypeError(
      `ctx.sleep: ${formatLine([ms])} was given, milliseconds from 0 to ${MAX_SLEEP_MS} were expected`,
    );
  }
  return callMain("sleep", ms);
}

/** Made when the script asks for it. */
let runAbort: AbortController | undefined;

/** Tells who listens to `ctx.signal` that the time is over. False when nobody does. */
export function abortRun(): boolean {
  runAbort?.abort(new DOMException("the time of the run is over", "TimeoutError"));
  return runAbort !== undefined;
}

/** Who listened in an earlier run is not told of the end of this one. */
export function forgetSignal(): void {
  runAbort = undefined;
}

/** The same for all contexts, as the getters of events are; to be frozen like those. */
export const SIGNAL = {
  signal: {
    get: () => {
      runAbort ??= new AbortController();
      return asStandard<FunctionContext["signal"]>(runAbort.signal);
    },
    enumerable: true,
  },
};

export function makeContext(event: EventHead, tools: MatchContext, said: Sayings): FunctionContext {
  const context = {
    log: tools.log,
    properties: tools.properties,
    crypto: tools.crypto,
    verify: tools.verify,
    setMessage: (text: unknown) => setMessage(said, text),
    skip: (reason: unknown) => {
      said.skipped = formatLine([reason ?? ""]);
    },
    respond: (answer: unknown) => {
      said.response = readAnswer("ctx.respond", answer);
    },
    retryAfter: (seconds: unknown) => retryAfter(said, seconds),
    sleep: (ms: unknown) => sleep(ms),
    http,
    kv,
    idempotencyKey: String(event["idempotencyKey"]),
    Fatal,
  } satisfies Record<Exclude<keyof FunctionContext, "signal">, unknown>;
  return Object.freeze<object>(Object.defineProperties(context, SIGNAL)) as FunctionContext;
}
