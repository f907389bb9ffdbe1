/** Runs one function on one message in the sandbox and returns the outcome. Writes nothing. */

import type { EgressAnswer, EgressRequest } from "../../egress/request.ts";
import { checkAnswer, warningsOf } from "../../model/answer-headers.ts";
import type { WebhookFunction } from "../../model/definition.ts";
import type { HttpGrant } from "../../model/egress.ts";
import type { MatchedEvent, OpenEvent, OpenEvents, ReceivedEvent } from "../../model/event.ts";
import type { ScriptFailure } from "../../model/failure-kind.ts";
import { headerValue, type Message } from "../../model/message.ts";
import type { Outcome, RunReport } from "../../model/outcome.ts";
import { MAX_INTERRUPTIONS } from "../../model/retry.ts";
import { secretHeaderNames } from "../../model/sensitive-headers.ts";
import type { Registry } from "../../registry/registry.ts";
import type { SecretHeaders } from "../../registry/secret-headers.ts";
import type { KeyValue } from "../../sandbox/main/host-calls.ts";
import {
  type InputSource,
  type OpenInput,
  type ScriptInput,
  SMALL_BYTES,
} from "../../sandbox/main/run-input.ts";
import type { Provisional } from "../../sandbox/main/run-terms.ts";
import type { RunEnd, Sandbox } from "../../sandbox/main/sandbox.ts";
import { loadable } from "./loadable.ts";

export interface ExecuteDeps {
  /** Set for trials. */
  readonly freshIsolates?: true;
  readonly openEvent: OpenEvents;
  readonly sandbox: Sandbox;
  readonly registry: () => Registry;
  readonly secretHeaders: SecretHeaders;
  readonly fetch: (
    request: EgressRequest,
    grant: HttpGrant,
    signal: AbortSignal,
  ) => Promise<EgressAnswer>;
  /** The key-value store of a function, by the function's name. */
  readonly kv: (name: string) => KeyValue;
}

/** A message with its body in memory until it is disposed of. */
export interface OpenMessage extends Disposable {
  readonly message: Message;
}

export interface Assignment {
  /** Without its body if `openMessage` is set. */
  readonly message: Message;
  /** Loads the body of a large message, while a sandbox child receives it. */
  readonly openMessage?: () => Promise<OpenMessage>;
  readonly function: string;
  readonly provider: string;
  readonly eventType: string | null;
  readonly deliveryId: string | null;
  /** The first message of the delivery, if this one runs again what failed. */
  readonly repetitionOf?: string | null;
  readonly params: Readonly<Record<string, string>>;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  /** How many times the process running it has died. */
  readonly interruptions: number;
  /** Set for a run whose message is not stored yet. */
  readonly provisional?: Provisional;
}

/** The outcome of an attempt, and the version of the function that ran. */
export interface Executed {
  readonly outcome: Outcome;
  readonly version: string;
}

export async function execute(assignment: Assignment, deps: ExecuteDeps): Promise<Executed> {
  const registry = deps.registry();
  const { message } = assignment;
  const fn = registry.functions.get(assignment.function);
  if (fn === undefined) return { outcome: notInstalled(assignment.function), version: "" };
  const end = await deps.sandbox.run(loadable(registry, fn), sourceFor(assignment, deps), {
    alone: assignment.interruptions >= MAX_INTERRUPTIONS,
    isDraft: deps.freshIsolates,
    holder: holderOf(assignment, deps),
    provisional: assignment.provisional,
    secretHeaders: secretHeaderNames(message.headers, deps.secretHeaders.of(registry)),
    services: {
      fetch: (request, signal) => deps.fetch(request, fn.http, signal),
      kv: deps.kv(fn.name),
    },
  });
  if (!("interrupted" in end)) deps.secretHeaders.learn(end.proofHeaders ?? [], fn.name);
  return { outcome: withCheckedAnswer(outcomeOf(end)), version: fn.script.version };
}

/** Trials share among themselves, so that they take nothing from live runs. */
const holderOf = ({ function: name, provider }: Assignment, { freshIsolates }: ExecuteDeps) =>
  freshIsolates === true ? { name: `a trial of ${name}`, provider: "trials" } : { name, provider };

function withCheckedAnswer(outcome: Outcome): Outcome {
  if (outcome.response === undefined) return outcome;
  const checked = checkAnswer(outcome.response);
  if (checked.problems.length === 0) return outcome;
  const logs = [...outcome.logs, ...warningsOf(checked, "ctx.respond", Date.now())];
  return { ...outcome, response: checked.response, logs };
}

function sourceFor(assignment: Assignment, { openEvent }: ExecuteDeps): InputSource {
  const { message, openMessage, function: name } = assignment;
  if (openMessage !== undefined) return { isSmall: false, open: () => openLarge(openMessage) };
  // An encoded body may be large once it is decoded.
  const isEncoded = headerValue(message.headers, "content-encoding") !== undefined;
  const isSmall = !isEncoded && message.body.length <= SMALL_BYTES;
  const open = () => {
    const event = openEvent(message, name);
    return event instanceof Promise ? event.then((one) => opened(one)) : opened(event);
  };
  return { isSmall, open };

  async function openLarge(open: () => Promise<OpenMessage>): Promise<OpenInput> {
    const large = await open();
    try {
      return opened(await openEvent(large.message, name), large);
    } catch (error) {
      large[Symbol.dispose]();
      throw error;
    }
  }

  function opened(event: OpenEvent, large?: OpenMessage): OpenInput {
    return {
      input: inputOf(assignment, event.event),
      [Symbol.dispose]: () => {
        event[Symbol.dispose]();
        large?.[Symbol.dispose]();
      },
    };
  }
}

function inputOf(assignment: Assignment, event: ReceivedEvent): ScriptInput {
  const { message, provider, eventType, deliveryId, params, attempt } = assignment;
  const idempotencyKey = `${assignment.repetitionOf ?? message.id}/${assignment.function}`;
  const extra = { provider, eventType, deliveryId, params, attempt, idempotencyKey };
  return { ...event, extra: JSON.stringify(extra satisfies MatchedEvent) };
}

function outcomeOf(end: RunEnd): Outcome {
  if ("interrupted" in end)
    return { kind: "interrupted", begun: end.begun, logs: [], durationMs: 0 };
  const { fault, fatal = false, retryAfterMs, result, skipped } = end;
  const report = reportOf(end);
  if (fault !== undefined) {
    const { causes, ...error } = fault;
    const failure: ScriptFailure = {
      ...definedOnly(error),
      ...(causes === undefined ? {} : { causes: causes.map(definedOnly) }),
    };
    return { ...report, kind: "failure", failure, fatal, ...definedOnly({ retryAfterMs }) };
  }
  if (skipped !== undefined)
    return { message: skipped, ...report, kind: "filtered", reason: skipped };
  return { ...report, kind: "success", ...(result === undefined ? {} : { result }) };
}

/** Faster than `definedOnly`, which matters because every run passes here. */
const reportOf = ({ logs, durationMs, message, response }: RanReport): RunReport => ({
  logs,
  durationMs,
  ...(message === undefined ? {} : { message }),
  ...(response === undefined ? {} : { response }),
});

type RanReport = Exclude<RunEnd, { readonly interrupted: true }>;
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Drops keys whose value is undefined: rows and the API leave an unset field out. */
function definedOnly<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, part]) => part !== undefined),
  ) as Defined<T>;
}

function notInstalled(name: WebhookFunction["name"]): Outcome {
  const message = `function ${name} is not installed any more`;
  return {
    kind: "failure",
    fatal: true,
    logs: [],
    durationMs: 0,
    failure: { kind: "COMPILE_ERROR", name: "NotInstalled", message },
  };
}
