/** `POST /api/v1/test-runs`: a script on a stored message or a given request, before it goes live. */
import type { z } from "zod";
import type { Decision } from "../model/decision.ts";
import type { DefinitionKind, DefinitionOf, Provider } from "../model/definition.ts";
import type { Message } from "../model/message.ts";
import { type Caller, may } from "../model/permission.ts";
import { type FunctionTrial, type FunctionTried, OUTCOME_STATUSES } from "../model/trial.ts";
import { assertMay } from "./assert-may.ts";
import { type AuditDeps, noteRead } from "./audit.ts";
import { type ChangeDeps, draftOf, findInstalled, useable } from "./definition-changes.ts";
import { installedOne } from "./definition-view.ts";
import { assertMayGrant, assertMayPerform, draftNote } from "./drafts.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { assertHeaders, bodyBytes } from "./message-parts.ts";
import { failureView, logView, verificationView } from "./message-view.ts";
import { Places } from "./places.ts";
import { type TestRunBody, testRunAnswer, testRunBody } from "./test-run-schemas.ts";
import { givenMessage, storedMessage, type TriedMessage } from "./tried-message.ts";

/** A draft tried, as the rest of the program does it. */
interface Trials {
  readonly tryProvider: (provider: Provider, message: Message) => Promise<Decision>;
  readonly tryFunction: (trial: FunctionTrial) => Promise<FunctionTried>;
}

export type TestRunDeps = ChangeDeps & AuditDeps & Trials & { readonly maxBodyBytes: number };

/** Each has an isolate of its own, and may wait for as long as its function may: also when its caller has gone. */
const AT_ONCE = { what: "test runs", most: 24, ofToken: 8 };

export function testRun(deps: TestRunDeps): Endpoint {
  const places = new Places(AT_ONCE);
  return endpoint({
    method: "post",
    path: "/test-runs",
    permission: "scripts:write",
    summary: "Tries a script on a message, with side effects noted instead of done",
    description: TEST_RUN,
    body: testRunBody,
    maxBodyBytes: deps.maxBodyBytes * 2,
    answers: { 200: { description: "What it would have done", schema: testRunAnswer } },
    handle: async ({ body, caller, watchToken }) => {
      using _place = places.take(caller);
      const tried = triedMessage(body, caller, deps);
      using life = watchToken();
      const trying = { ...deps, caller, signal: life.ended };
      const run = body.provider === undefined ? runFunction : runProvider;
      return { status: 200, body: await run(body, tried, trying) };
    },
  });
}

const TEST_RUN =
  'Side effects are done with `effects: "perform"`. That needs `admin` for a function that stands in files, and wherever `http.privateNetworks` is granted. Lines of scripts in errors need `scripts:read`. Every test run is in the audit log.';

/** What a run needs beside what it is to try. */
type Trying = TestRunDeps & {
  readonly caller: Caller;
  /** Aborted when the caller's token ends. */
  readonly signal: AbortSignal;
};

/** What it was given is the caller's own, or was read with `messages:details`. */
const seenOf = (caller: Caller) => ({
  details: true,
  logs: true,
  frames: may(caller, "scripts:read"),
});

/** On disk before anything runs. */
async function noteTestRun(
  kind: DefinitionKind,
  value: DefinitionOf[DefinitionKind],
  { effects, messageId, answers }: TestRunBody,
  { store, caller, signal, now }: Trying,
): Promise<void> {
  signal.throwIfAborted();
  const { name: target, ...draft } = draftNote(kind, value);
  const message = messageId ?? "given in the request";
  const after = { ...draft, effects, message, answers: answers.length };
  const entry = { caller: caller.name, action: "test-run.start", target, after } as const;
  await store.audit.note({ at: now(), ...entry });
}

function triedMessage(
  { messageId, request }: TestRunBody,
  caller: Caller,
  deps: TestRunDeps,
): TriedMessage {
  const { store } = deps;
  if (request !== undefined) return givenMessage(request, deps);
  // A script can show all of the message it is given.
  assertMay(
    caller,
    "messages:details",
    "trying a script on a stored message asks for; give a request instead",
  );
  const tried = storedMessage(store, messageId ?? "");
  const after = { what: "test run" };
  noteRead({ caller, action: "message.read", target: tried.message.id, after }, deps);
  return tried;
}

async function runProvider(
  body: TestRunBody,
  { message }: TriedMessage,
  deps: Trying,
): Promise<z.input<typeof testRunAnswer>> {
  const provider = await madeDraft("provider", body.provider, body.script, deps);
  await noteTestRun("provider", provider, body, deps);
  const decision = await deps.tryProvider(provider, message);
  const [entry] = decision.trace;
  const matched = decision.kind === "unmatched" ? undefined : decision;
  const seen = seenOf(deps.caller);
  return {
    kind: "provider",
    matched: entry?.matched === true,
    ...(entry?.passedOver === undefined ? {} : { passedOver: entry.passedOver }),
    ...(entry?.warning === undefined ? {} : { warning: entry.warning }),
    error: entry?.error === undefined ? null : failureView(entry.error, seen),
    verification: matched === undefined ? null : verificationView(matched.verification, seen),
    eventType: matched?.eventType ?? null,
    deliveryId: matched?.deliveryId ?? null,
    handshake: decision.kind === "handshake" ? decision.response : null,
    logs: (entry?.logs ?? []).map(logView),
    durationMs: entry?.durationMs ?? 0,
  };
}

async function runFunction(
  body: TestRunBody,
  { message, ...stored }: TriedMessage,
  deps: Trying,
): Promise<z.input<typeof testRunAnswer>> {
  const { caller, scripts, signal } = deps;
  const fn = await madeDraft("function", body.function, body.script, deps);
  assertMayGrant(caller, fn, scripts);
  if (body.effects === "perform") assertMayPerform(caller, fn, scripts);
  await noteTestRun("function", fn, body, deps);
  const provider = deps.scripts.loaded().providers.find(({ name }) => name === fn.provider);
  const { eventType, deliveryId } = stored.matched ?? (await matchedBy(provider, message, deps));
  const performs = body.effects === "perform";
  const canned = cannedAnswers(body);
  const trial = { fn, provider, message, eventType, deliveryId, performs, canned, signal };
  const { outcome, calls } = await deps.tryFunction(trial);
  return {
    kind: "function",
    outcome: OUTCOME_STATUSES[outcome.kind],
    message: outcome.message ?? null,
    result: outcome.kind === "success" && outcome.result ? JSON.parse(outcome.result) : null,
    response: outcome.response ?? null,
    error: outcome.kind === "failure" ? failureView(outcome.failure, seenOf(caller)) : null,
    logs: outcome.logs.map(logView),
    calls: [...calls],
    durationMs: outcome.durationMs,
  };
}

const cannedAnswers = ({ answers }: TestRunBody) =>
  answers.map((one, at) => {
    assertHeaders(Object.entries(one.headers), `answers[${at}].headers`);
    return { ...one, body: bodyBytes(one.body, `answers[${at}].body`).toString() };
  });

/** What the function's provider says of a request that was never received. */
async function matchedBy(
  provider: Provider | undefined,
  message: Message,
  { tryProvider }: TestRunDeps,
) {
  const decision = provider === undefined ? undefined : await tryProvider(provider, message);
  if (decision === undefined || decision.kind === "unmatched")
    return { eventType: null, deliveryId: null };
  const { eventType = null, deliveryId = null } = decision;
  return { eventType, deliveryId };
}

/** An installed one, one with other fields or another script, or one that is only given here. */
async function madeDraft<Kind extends DefinitionKind>(
  kind: Kind,
  given: string | Readonly<Record<string, unknown>> | undefined,
  script: string | undefined,
  { scripts }: TestRunDeps,
): Promise<DefinitionOf[Kind]> {
  if (typeof given === "string") findInstalled(kind, given, scripts);
  const fields = typeof given === "string" ? { name: given } : { name: "draft", ...given };
  const name = String(fields.name);
  const isInstalled = installedOne(kind, name, scripts.loaded()) !== undefined;
  const whole = isInstalled ? fields : { ...DEFAULTS[kind], ...fields };
  const { value } = await useable(draftOf(kind, { ...whole, name }, script, scripts), scripts);
  return value;
}

const DEFAULTS = { provider: { priority: 1 }, function: { uri: "**" } } as const;
