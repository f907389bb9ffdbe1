/** The `ctx` of one run of a function, and the output that the run has set through it. */

import type { ScriptResponse } from "../../model/outcome.ts";
import type { FunctionContext, Http, KeyValueStore, MatchContext } from "../hookyard.d.ts";
import { readAnswer } from "./answer.ts";
import type { EventHead } from "./event.ts";
import { formatLine } from "./format.ts";
import { callMain, isCurrent } from "./host-call.ts";
import { makeHttp } from "./http.ts";
import { makeKv } from "./kv.ts";
import { makeLog, writeLog } from "./logbook.ts";
import { asStandard } from "./standard.ts";
import { AbortController } from "./web/abort.ts";
import { DOMException } from "./web/dom-exception.ts";

/** The output of a run beside its result. It becomes part of the report to main. */
export interface RunOutput {
  message?: string;
  skipped?: string;
  response?: ScriptResponse;
  retryAfterMs?: number;
}

/** `throw new ctx.Fatal(…)`: a retry cannot help. */
export class Fatal extends Error {
  override readonly name = "Fatal";
}

const MAX_SLEEP_MS = 300_000;
/** A week. A later retry should be a resubmission. */
const MAX_RETRY_AFTER_MS = 604_800_000;
const { isFinite: isFiniteNumber } = Number;

/**
 * After the end of its run, none of the four functions below has an effect: a promise that was not awaited may still
 * call them.
 */
export function setMessage(run: Run, text: unknown): void {
  if (!isCurrent(run.number)) return;
  const line = formatLine([text]);
  run.output.message = line;
  // An error overwrites the message line, so the script's text is logged too.
  writeLog("info", [line], run.number);
}

function skip({ number, output }: Run, reason: unknown): void {
  if (!isCurrent(number)) return;
  output.skipped = formatLine([reason ?? ""]);
}

function respond({ number, output }: Run, answer: unknown): void {
  if (!isCurrent(number)) return;
  output.response = readAnswer("ctx.respond", answer);
}

function retryAfter({ number, output }: Run, seconds: unknown): void {
  if (!isCurrent(number)) return;
  if (typeof seconds !== "number" || !isFiniteNumber(seconds) || seconds < 0) {
    throw new TypeError(
      `ctx.retryAfter: ${formatLine([seconds])} was given, a number of seconds from 0 was expected`,
    );
  }
  output.retryAfterMs = Math.min(Math.round(seconds * 1000), MAX_RETRY_AFTER_MS);
}

function sleep({ number }: Run, ms: unknown): Promise<void> {
  if (typeof ms !== "number" || !(ms >= 0 && ms <= MAX_SLEEP_MS)) {
    throw new TypeError(
      `ctx.sleep: ${formatLine([ms])} was given, milliseconds from 0 to ${MAX_SLEEP_MS} were expected`,
    );
  }
  return callMain(number, "sleep", ms);
}

/** One run of the function. Rarely used parts of its `ctx` are created on first use. */
export class Run {
  readonly number: number;
  readonly output: RunOutput = {};
  #abort: AbortController | undefined;
  #log: MatchContext["log"] | undefined;
  #http: Http | undefined;
  #kv: KeyValueStore | undefined;

  constructor(number: number) {
    this.number = number;
  }

  get signal(): FunctionContext["signal"] {
    this.#abort ??= new AbortController();
    return asStandard<FunctionContext["signal"]>(this.#abort.signal);
  }

  get log(): MatchContext["log"] {
    this.#log ??= makeLog(this.number);
    return this.#log;
  }

  get http(): Http {
    this.#http ??= makeHttp(this.number);
    return this.#http;
  }

  get kv(): KeyValueStore {
    this.#kv ??= makeKv(this.number);
    return this.#kv;
  }

  /** Aborts `ctx.signal` at the timeout. False if the script never read it. */
  abort(): boolean {
    this.#abort?.abort(new DOMException("the time of the run is over", "TimeoutError"));
    return this.#abort !== undefined;
  }
}

class ReturnOverride {
  constructor(context: object) {
    // biome-ignore lint/correctness/noConstructorReturn: so that the context itself gets the private field below.
    return context;
  }
}

/** Ties a `ctx` to its run with a private field, which scripts can neither see nor copy. */
class WithRun extends ReturnOverride {
  readonly #run: Run;

  constructor(context: object, run: Run) {
    super(context);
    this.#run = run;
  }

  /** `context` may inherit from a `ctx`. */
  static of(context: object): Run {
    for (let one: object | null = context; one !== null; one = Reflect.getPrototypeOf(one))
      if (#run in one) return one.#run;
    throw new TypeError("this is read from a ctx, or from an object that inherits from one");
  }
}

const part = <Key extends "signal" | "log" | "http" | "kv">(key: Key) => ({
  get(this: object): Run[Key] {
    return WithRun.of(this)[key];
  },
  enumerable: true,
});

/** Shared by all contexts and frozen, as the getters of events are. */
export const RUN_PARTS = {
  signal: part("signal"),
  log: part("log"),
  http: part("http"),
  kv: part("kv"),
};

export function makeContext(event: EventHead, tools: MatchContext, run: Run): FunctionContext {
  const context = {
    properties: tools.properties,
    crypto: tools.crypto,
    verify: tools.verify,
    setMessage: (text: unknown) => setMessage(run, text),
    skip: (reason: unknown) => skip(run, reason),
    respond: (answer: unknown) => respond(run, answer),
    retryAfter: (seconds: unknown) => retryAfter(run, seconds),
    sleep: (ms: unknown) => sleep(run, ms),
    idempotencyKey: String(event["idempotencyKey"]),
    Fatal,
  } satisfies Record<Exclude<keyof FunctionContext, keyof typeof RUN_PARTS>, unknown>;
  Object.defineProperties(context, RUN_PARTS);
  new WithRun(context, run);
  return Object.freeze<object>(context) as FunctionContext;
}
