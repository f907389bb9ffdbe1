/** `POST /api/v1/test-runs`: runs a script on a stored message or a given request, before it goes live. */
import type { z } from "zod";
import type { Decision } from "../model/decision.ts";
import type { DefinitionKind, DefinitionOf, Provider } from "../model/definition.ts";
import { parseForShow } from "../model/exact-json.ts";
import type { Message } from "../model/message.ts";
import { type Caller, may } from "../model/permission.ts";
import { type FunctionTrial, type FunctionTried, OUTCOME_STATUSES } from "../model/trial.ts";
import { assertMay } from "./assert-may.ts";
import { type AuditDeps, noteRead } from "./audit.ts";
import { ConcurrencyLimit } from "./concurrency-limit.ts";
import { type ChangeDeps, draftOf, findInstalled, usableDraft } from "./definition-changes.ts";
import { installedOne } from "./definition-view.ts";
import { assertMayGrant, assertMayPerform, draftNote } from "./drafts.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { assertHeaders, bodyBytes } from "./message-parts.ts";
import { failureView, logView, verificationView } from "./message-view.ts";
import { type TestRunBody, testRunAnswer, testRunBody } from "./test-run-schemas.ts";
import { givenMessage, storedMessage, type TriedMessage } from "./tried-message.ts";

/** Runs a draft on a message; implemented outside of `admin`. */
interface Trials {
  readonly tryProvider: (provider: Provider, message: Message) => Promise<Decision>;
  readonly tryFunction: (trial: FunctionTrial) => Promise<FunctionTried>;
}

export type TestRunDeps = ChangeDeps & AuditDeps & Trials & { readonly maxBodyBytes: number };

/** Each test run has an isolate of its own, and runs up to its time limit even after its caller disconnects. */
const LIMITS = { what: "test runs", max: 24, maxOfToken: 8 };

export function testRun(deps: TestRunDeps): Endpoint {
  const places = new ConcurrencyLimit(LIMITS);
  return endpoint({
    method: "post",
    path: "/test-runs",
    permission: "scripts:write",
    operationId: "runTest",
    refuses: ["not_found", "script_refused"],
    summary: "Tries a script on a message; side effects are recorded instead of performed",
    description: TEST_RUN,
    body: testRunBody,
    examples: {
      "a function on a request": {
        function: "greet",
        request: { uri: "acme/blue", body: { hello: "world" } },
      },
    },
    textAt: [
      ["request", "body"],
      ["answers", "*", "body"],
    ],
    maxBodyBytes: deps.maxBodyBytes * 2,
    answers: { 200: { description: "The result", schema: testRunAnswer } },
    handle: async ({ body, caller, watchToken }) => {
      using _place = places.take(caller);
      const tried = triedMessage(body, caller, deps);
      using life = watchToken();
      const messageId = tried.message.id;
      const context = { ...deps, caller, messageId, signal: life.ended };
      const run = body.provider === undefined ? runFunction : runProvider;
      return { status: 200, body: await run(body, tried, context) };
    },
  });
}

const TEST_RUN =
  'Side effects are performed with `effects: "perform"`. That needs `admin` for a function that stands in files, and if `http.privateNetworks` is granted. Source lines in errors need `scripts:read`. Every test run is in the audit log.';

/** Dependencies of one run. */
type TestRunContext = TestRunDeps & {
  readonly caller: Caller;
  /** The whole id of the stored message, or that of the given request. */
  readonly messageId: string;
  /** Aborted when the caller's token ends. */
  readonly signal: AbortSignal;
};

/** The message is the caller's own, or was read with `messages:details`, so its details are shown. */
const seenOf = (caller: Caller) => ({
  details: true,
  logs: true,
  frames: may(caller, "scripts:read"),
});

/** The entry is on disk before anything runs. */
async function noteTestRun(
  kind: DefinitionKind,
  value: DefinitionOf[DefinitionKind],
  { effects, answers, request }: TestRunBody,
  { store, caller, signal, now, messageId }: TestRunContext,
): Promise<void> {
  signal.throwIfAborted();
  const { name: target, ...draft } = draftNote(kind, value);
  const message = request === undefined ? messageId : "given in the request";
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
  // A script can return the whole message.
  assertMay(
    caller,
    "messages:details",
    "trying a script on a stored message needs; send a request instead",
  );
  const tried = storedMessage(store, messageId ?? "");
  const after = { what: "test run" };
  noteRead({ caller, action: "message.read", target: tried.message.id, after }, deps);
  return tried;
}

async function runProvider(
  body: TestRunBody,
  { message }: TriedMessage,
  deps: TestRunContext,
): Promise<z.input<typeof testRunAnswer>> {
  const provider = await loadDraft("provider", body.provider, body.script, deps);
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
  deps: TestRunContext,
): Promise<z.input<typeof testRunAnswer>> {
  const { caller, scripts, signal } = deps;
  const fn = await loadDraft("function", body.function, body.script, deps);
  assertMayGrant(caller, fn, scripts);
  if (body.effects === "perform") assertMayPerform(caller, fn, scripts);
  await noteTestRun("function", fn, body, deps);
  const provider = deps.scripts.loaded().providers.find(({ name }) => name === fn.provider);
  const { eventType, deliveryId } = stored.matched ?? (await deriveMatch(provider, message, deps));
  const performs = body.effects === "perform";
  const canned = cannedAnswers(body);
  const trial = { fn, provider, message, eventType, deliveryId, performs, canned, signal };
  const { outcome, calls } = await deps.tryFunction(trial);
  return {
    kind: "function",
    outcome: OUTCOME_STATUSES[outcome.kind],
    message: outcome.message ?? null,
    result: outcome.kind === "success" && outcome.result ? parseForShow(outcome.result) : null,
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

/** The event type and delivery id that the function's provider derives from a given request. */
async function deriveMatch(
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

/**
 * An installed script, an installed one with other fields or another script, or a script that exists only in this call.
 */
async function loadDraft<Kind extends DefinitionKind>(
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
  const { value } = await usableDraft(draftOf(kind, { ...whole, name }, script, scripts), scripts);
  return value;
}

const DEFAULTS = { provider: { priority: 1 }, function: { uri: "**" } } as const;
