/**
 * Builds the HTTP answer for a sender: the status that the message's settings ask for, and no more than the sender may
 * know.
 */
import type { Logger } from "../logger.ts";
import { checkAnswer } from "../model/answer-headers.ts";
import { isSynchronous, type Matched, type Verification } from "../model/decision.ts";
import type { ExecutionStatus } from "../model/execution.ts";
import type { MessageStatus } from "../model/message.ts";
import type { ScriptResponse } from "../model/outcome.ts";
import type { Completions } from "../pipeline/completions.ts";
import type { Admission } from "../pipeline/intake/admit.ts";
import type { MessageFate } from "../store/messages/message-fate.ts";
import type { Store } from "../store/store.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

export interface AnswerDeps {
  readonly store: Store;
  readonly completions: Completions;
  readonly syncTimeoutMs: number;
  /** The status of the asynchronous answer to a message that no function runs on. */
  readonly unmatchedStatus: 202 | 404;
  readonly log: Logger;
}

/** Statuses that HTTP allows no body for. */
const BODILESS = new Set([204, 205, 304]);

/** Waits for the functions if the sender, the provider or a function asks for a synchronous answer. */
export async function answerTo(admission: Admission, deps: AnswerDeps): Promise<Answer> {
  const { message, verdict, decision } = admission;
  const matched = decision === undefined || decision.kind === "unmatched" ? undefined : decision;
  if (decision?.kind === "handshake") return scripted(decision.response, message.id);
  if (decision?.kind === "rejected") return refused(message.id, decision.verification.challenge);
  const sync = isSynchronous(message, decision);
  if (!sync && isUnmatched(decision) && deps.unmatchedStatus === 404)
    return unmatched(message.id, matched?.provider);
  if (!sync) return accepted(message.id, matched);
  return await outcome(verdict.duplicateOf ?? message.id, message.id, deps);
}

const isUnmatched = (decision: Admission["decision"]): boolean =>
  decision?.kind === "unmatched" || decision?.kind === "no-function";

/**
 * The answer to an operator's resubmission: always JSON in the API's format, never the answer that a script has for its
 * sender.
 */
export async function answerToOperator(
  { message }: Admission,
  deps: AnswerDeps,
): Promise<OperatorAnswer> {
  const pending = { status: 202, body: { messageId: message.id } } as const;
  if (!message.sync) return pending;
  const fate = await endedFate(message.id, deps);
  if (fate !== undefined) return summary(fate, message.id);
  await noteEarlyAnswer(message.id, deps);
  return pending;
}

export interface OperatorAnswer {
  readonly status: 200 | 202 | 404 | 500;
  readonly body: MessageSummary | { readonly messageId: string };
}

/** The outcome of a message, without error texts and stacks: those are in the message log only. */
export interface MessageSummary {
  readonly messageId: string;
  readonly status: MessageStatus;
  readonly provider: string | null;
  readonly functions: readonly { readonly name: string; readonly status: ExecutionStatus }[];
}

function json(status: number, messageId: string, body: object): Answer {
  const headers = {
    "content-type": "application/json; charset=utf-8",
    location: `/api/v1/messages/${messageId}`,
  };
  return { status, headers, body: JSON.stringify(body) };
}

const accepted = (messageId: string, matched: Pick<Matched, "acceptStatus"> | undefined): Answer =>
  json(matched?.acceptStatus ?? 202, messageId, { messageId });

/** Like the answer to a waiting sender. The URIs that would have matched are for operators only. */
function unmatched(messageId: string, provider: string | undefined): Answer {
  const body: MessageSummary = {
    messageId,
    status: "UNMATCHED",
    provider: provider ?? null,
    functions: [],
  };
  return json(404, messageId, body);
}

/**
 * Does not reveal the expected signature or secret. It names the password scheme, because some senders send a password
 * only when challenged.
 */
function refused(messageId: string, challenge: Verification["challenge"]): Answer {
  const { status, headers, body } = json(401, messageId, { messageId, status: "REJECTED" });
  if (challenge === undefined) return { status, headers, body };
  const challengeHeader = { "www-authenticate": 'Basic realm="webhooks", charset="UTF-8"' };
  return { status, headers: { ...headers, ...challengeHeader }, body };
}

function scripted(stored: ScriptResponse, messageId: string): Answer {
  // Checked again: an answer stored by an older version may not have been.
  const { status, headers: kept, body, bodyEncoding } = checkAnswer(stored).response;
  const isBytes = bodyEncoding === "base64";
  const isRedirect = status >= 300 && status <= 399;
  const headers = {
    "content-type": isBytes ? "application/octet-stream" : "text/plain; charset=utf-8",
    ...(isRedirect ? {} : { location: `/api/v1/messages/${messageId}` }),
    ...kept,
    // A scripted answer may echo what a stranger sent: a browser must not treat it as a page of this server.
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox",
  };
  if (BODILESS.has(status)) return { status, headers, body: "" };
  return { status, headers, body: isBytes ? Buffer.from(body, "base64") : body };
}

/** `of` is the message whose functions count: for a duplicate, the first message. */
async function outcome(of: string, messageId: string, deps: AnswerDeps): Promise<Answer> {
  const fate = await endedFate(of, deps);
  if (fate === undefined) {
    await noteEarlyAnswer(messageId, deps);
    return accepted(messageId, undefined);
  }
  const { status, duplicateOf: first } = fate;
  // The decision came late: for a duplicate, the functions of the first message count.
  if (status === "DUPLICATE" && first !== null) return await outcome(first, messageId, deps);
  const response = fate.executions.flatMap((execution) => execution.response ?? [])[0];
  if (status === "SUCCESS" && response !== undefined) return scripted(response, messageId);
  if (status === "REJECTED") return refused(messageId, deps.store.fates.challenge(of));
  const { status: code, body } = summary(fate, messageId);
  return json(code, messageId, body);
}

/** The final state of the message; undefined if it has not ended within `syncTimeoutMs`. */
async function endedFate(id: string, deps: AnswerDeps): Promise<MessageFate | undefined> {
  const { store, completions, syncTimeoutMs } = deps;
  const waiting = completions.wait(id, syncTimeoutMs);
  // If the first message of a duplicate was removed meanwhile, stop waiting.
  if (store.fates.status(id) !== "PENDING") completions.finish(id);
  return (await waiting) ? store.fates.read(id) : undefined;
}

/** The message log says how the message was answered. A failed write must not cost the sender the answer. */
async function noteEarlyAnswer(messageId: string, { store, log }: AnswerDeps): Promise<void> {
  try {
    await store.fates.answeredEarly(messageId);
  } catch (err) {
    log.warn(
      { err, messageId },
      "the message log says that this message was answered synchronously, but it was not",
    );
  }
}

const STATUS_CODES = {
  SUCCESS: 200,
  HANDSHAKE: 200,
  DUPLICATE: 200,
  UNMATCHED: 404,
  FAILED: 500,
  REJECTED: 500,
  PENDING: 202,
} as const;

function summary(
  { status, provider, executions }: MessageFate,
  messageId: string,
): { readonly status: OperatorAnswer["status"]; readonly body: MessageSummary } {
  const functions = executions.map((execution) => ({
    name: execution.function,
    status: execution.status,
  }));
  return { status: STATUS_CODES[status], body: { messageId, status, provider, functions } };
}
