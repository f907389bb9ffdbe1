/** Derives the status of a message when it is stored. */
import { type Decision, firstToRun, type OwedFunction } from "../../model/decision.ts";
import type { Message, MessageStatus } from "../../model/message.ts";
import type { EndedOf } from "../executions/execution-table.ts";
import type { Delivery } from "./delivery-table.ts";
import type { Verdict } from "./message-table.ts";
import { noteOfAttempts } from "./note.ts";

const STATUSES = {
  unmatched: "UNMATCHED",
  "no-function": "UNMATCHED",
  rejected: "REJECTED",
  handshake: "HANDSHAKE",
  accepted: "PENDING",
} as const;

export const statusOf = (decision: Decision | undefined): MessageStatus =>
  decision === undefined ? "PENDING" : STATUSES[decision.kind];

/**
 * The delivery that a message registers; undefined when it registers none. A forged request must not be able to burn an
 * id: a message that failed verification registers nothing, and a resubmission is never a repetition.
 */
export function deliveryOf(message: Message, decision: Decision): Delivery | undefined {
  if (decision.kind !== "accepted" || message.resubmission !== undefined) return undefined;
  const { provider, deliveryId, dedupeSeconds, verification } = decision;
  if (deliveryId === undefined || dedupeSeconds <= 0 || verification.result === "failed")
    return undefined;
  // Two webhooks of one sender at two URIs may share an id: each is a delivery of its own.
  return { provider, key: `${message.uri}\n${deliveryId}`, windowMs: dedupeSeconds * 1000 };
}

/** The verdict for an accepted message; its functions may have ended before it is stored. */
export function verdictOf(
  functions: readonly OwedFunction[],
  endedOf: EndedOf = () => undefined,
): Verdict {
  const ended = firstToRun(functions).flatMap(({ name }) => endedOf(name) ?? []);
  const note = noteOfAttempts(ended.map(({ outcome }) => outcome));
  const hasFailed = ended.some(({ step }) => step.status === "FAILED");
  const noteField = note === undefined ? {} : { note };
  if (ended.length < functions.length) return { status: "PENDING", ...noteField };
  return { status: hasFailed ? "FAILED" : "SUCCESS", ...noteField };
}
