/** What becomes of a message as it is stored. */
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

export const statusBy = (decision: Decision | undefined): MessageStatus =>
  decision === undefined ? "PENDING" : STATUSES[decision.kind];

/**
 * The delivery a message claims; undefined when it counts as none. A forged request must not be able to burn an id:
 * only one that was not found wanting claims it, and a resubmission is never a repetition.
 */
export function deliveryOf(message: Message, decision: Decision): Delivery | undefined {
  if (decision.kind !== "accepted" || message.resubmission !== undefined) return undefined;
  const { provider, deliveryId, dedupeSeconds, verification } = decision;
  if (deliveryId === undefined || dedupeSeconds <= 0 || verification.result === "failed")
    return undefined;
  // Two hooks of one sender at two URIs may share an id: each is a delivery of its own.
  return { provider, key: `${message.uri}\n${deliveryId}`, windowMs: dedupeSeconds * 1000 };
}

/** What becomes of a message whose functions may have ended before it is stored. */
export function verdictBy(
  functions: readonly OwedFunction[],
  endedOf: EndedOf = () => undefined,
): Verdict {
  const ended = firstToRun(functions).flatMap(({ name }) => endedOf(name) ?? []);
  const note = noteOfAttempts(ended.map(({ outcome }) => outcome));
  const hasFailed = ended.some(({ step }) => step.status === "FAILED");
  const said = note === undefined ? {} : { note };
  if (ended.length < functions.length) return { status: "PENDING", ...said };
  return { status: hasFailed ? "FAILED" : "SUCCESS", ...said };
}
