/** The `ctx` of one run of a function, and what the run has said through it so far. */

import type { ScriptResponse } from "../../model/execution.ts";
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

/** What a run reports beside its result; becomes part of the answer to main. */
export interface Sayings {
  message?: string;
  skipped?: string;
  response?: ScriptResponse;
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

/** Of a run that is over, none of the four below does anything: they may be called by a promise nobody waited for. */
export function setMessage(run: Run, text: unknown): void {
  if (!isCurrent(run.number)) return;
  const line = formatLine([text]);
  run.said.message = line;
  // An error overwrites the message line; what the script said stays readable here.
  writeLog("info", [line], run.number);
}

function skip({ number, said }: Run, reason: unknown): void {
  if (!isCurrent(number)) return;
  said.skipped = formatLine([reason ?? ""]);
}

function respond({ number, said }: Run, answer: unknown): void {
  if (!isCurrent(number)) return;
  said.response = readAnswer("ctx.respond", answer);
}

function retryAfter({ number, said }: Run, seconds: unknown): void {
  if (!isCurrent(number)) return;
  if (typeof seconds !== "number" || !isFiniteNumber(seconds) || seconds < 0) {
    throw new TypeError(
      `ctx.retryAfter: ${formatLine([seconds])} was given, a number of seconds from 0 was expected`,
    );
  }
  said.retryAfterMs = Math.min(Math.round(seconds * 1000), MAX_RETRY_AFTER_MS);
}

function sleep({ number }: Run, ms: unknown): Promise<void> {
  if (typeof ms !== "number" || !(ms >= 0 && ms <= MAX_SLEEP_MS)) {
    throw new TypeError(
      `ctx.sleep: ${formatLine([ms])} was given, milliseconds from 0 to ${MAX_SLEEP_MS} were expected`,
    );
  }
  return callMain(number, "sleep", ms);
}

/** One run of the function. The parts of its `ctx` that scripts rarely use are made on first use. */
export class Run {
  readonly number: number;
  readonly said: Sayings = {};
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

  /** Tells the listeners of `ctx.signal` that the time is over. False when there are none. */
  abort(): boolean {
    this.#abort?.abort(new DOMException("the time of the run is over", "TimeoutError"));
    return this.#abort !== undefined;
  }
}

class Given {
  constructor(context: object) {
    // biome-ignore lint/correctness/noConstructorReturn: so that the context itself gets the private field below.
    return context;
  }
}

/** Ties a `ctx` to its run by what no script can see or copy. */
class WithRun extends Given {
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

/** The same for all contexts, as the getters of events are; to be frozen like those. */
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
