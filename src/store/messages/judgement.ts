/** Decides which functions run on a message when it is stored. A message of a known delivery runs fewer or none. */
import type { Decision, OwedFunction } from "../../model/decision.ts";
import type { Message } from "../../model/message.ts";
import type { DeliveryTable } from "./delivery-table.ts";
import type { Verdict } from "./message-table.ts";
import { deliveryOf, statusOf } from "./verdict.ts";

export interface Judgement {
  readonly verdict: Verdict;
  /** The functions that run; none unless the verdict is `PENDING`. */
  readonly owed: readonly OwedFunction[];
}

/**
 * Registers the delivery of the message. Must run in the transaction that stores the message: so of two repetitions of
 * a failed delivery one runs the failed functions, and the other is its duplicate.
 */
export function judge(
  message: Message,
  decision: Decision | undefined,
  now: number,
  deliveries: DeliveryTable,
): Judgement {
  if (decision?.kind !== "accepted") return { verdict: { status: statusOf(decision) }, owed: [] };
  const delivery = deliveryOf(message, decision);
  const storing = { id: message.id, now };
  const earlier = delivery && deliveries.register(delivery, storing);
  if (delivery === undefined || earlier === undefined)
    return { verdict: { status: "PENDING" }, owed: decision.functions };
  const { messageId, firstId, failed } = earlier;
  const owed = decision.functions.filter(({ name }) => failed.includes(name));
  if (owed.length === 0) return { verdict: { status: "DUPLICATE", duplicateOf: messageId }, owed };
  const isOwed = (name: string) => owed.some((one) => one.name === name);
  // A function that is away now is not forgotten.
  deliveries.repeat(delivery, storing, { firstId, failed: failed.filter((name) => !isOwed(name)) });
  return { verdict: { status: "PENDING", repetitionOf: firstId }, owed };
}
