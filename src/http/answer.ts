/** What a sender is told: the status it asked for, never more than it may know. */
import { checkAnswer } from "../model/answer-headers.ts";
import type { Matched, Verification } from "../model/decision.ts";
import type { ExecutionStatus, ScriptResponse } from "../model/execution.ts";
import type { MessageStatus } from "../model/message.ts";
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
}

/** HTTP allows these no body. */
const BODILESS = new Set([204, 205, 304]);

/** Waits for the functions when the sender, the provider or a function wants that. */
export async function answerTo(admission: Admission, deps: AnswerDeps): Promise<Answer> {
  const { message, verdict, decision } = admission;
  const matched = decision === undefined || decision.kind === "unmatched" ? undefined : decision;
  if (decision?.kind === "handshake") return scripted(decision.response, message.id);
  if (decision?.kind === "rejected") return refused(message.id, decision.verification.challenge);
  const sync = message.sync || matched?.sync === true;
  if (!sync) return accepted(message.id, matched);
  return await outcome(verdict.duplicateOf ?? message.id, message.id, deps);
}

/** What whoever resubmitted is told: always JSON of ours, never what a function or provider would answer its sender. */
export async function answerToOperator(
  { message }: Admission,
  deps: AnswerDeps,
): Promise<OperatorAnswer> {
  const unended = { status: 202, body: { messageId: message.id } } as const;
  if (!message.sync) return unended;
  const fate = await endedFate(message.id, deps);
  return fate === undefined ? unended : summary(fate, message.id);
}

export interface OperatorAnswer {
  readonly status: 200 | 202 | 404 | 500;
  readonly body: MessageSummary | { readonly messageId: string };
}

/** What became of a message, without error texts and stacks: those are for the message log. */
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

/** Says nothing of what would have been right, beyond how a password is sent: some senders wait to be asked for it. */
function refused(messageId: string, challenge: Verification["challenge"]): Answer {
  const { status, headers, body } = json(401, messageId, { messageId, status: "REJECTED" });
  if (challenge === undefined) return { status, headers, body };
  const asked = { "www-authenticate": 'Basic realm="webhooks", charset="UTF-8"' };
  return { status, headers: { ...headers, ...asked }, body };
}

function scripted(stored: ScriptResponse, messageId: string): Answer {
  // It was checked when the script answered, but for answers that an older version stored.
  const { status, headers: kept, body, bodyEncoding } = checkAnswer(stored).response;
  const isBytes = bodyEncoding === "base64";
  const isRedirect = status >= 300 && status <= 399;
  const headers = {
    "content-type": isBytes ? "application/octet-stream" : "text/plain; charset=utf-8",
    ...(isRedirect ? {} : { location: `/api/v1/messages/${messageId}` }),
    ...kept,
    // Such answers echo what strangers sent: no browser may take them for a page of this server.
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox",
  };
  if (BODILESS.has(status)) return { status, headers, body: "" };
  return { status, headers, body: isBytes ? Buffer.from(body, "base64") : body };
}

/** `of` is the message whose functions count: for a duplicate that is the first. */
async function outcome(of: string, messageId: string, deps: AnswerDeps): Promise<Answer> {
  const fate = await endedFate(of, deps);
  if (fate === undefined) return accepted(messageId, undefined);
  const { status, duplicateOf: first } = fate;
  // Known only now when the decision came late: the first delivery's functions count.
  if (status === "DUPLICATE" && first !== null) return await outcome(first, messageId, deps);
  const response = fate.executions.flatMap((execution) => execution.response ?? [])[0];
  if (status === "SUCCESS" && response !== undefined) return scripted(response, messageId);
  if (status === "REJECTED") return refused(messageId, deps.store.fates.challenge(of));
  const { status: code, body } = summary(fate, messageId);
  return json(code, messageId, body);
}

/** What became of the message once it has ended; undefined when it has not within the time a caller waits. */
async function endedFate(id: string, deps: AnswerDeps): Promise<MessageFate | undefined> {
  const { store, completions, syncTimeoutMs } = deps;
  const waiting = completions.wait(id, syncTimeoutMs);
  // The first of a duplicate may have been removed by now.
  if (store.fates.status(id) !== "PENDING") completions.finish(id);
  return (await waiting) ? store.fates.read(id) : undefined;
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
