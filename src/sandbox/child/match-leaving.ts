/** What a match script has said, as it leaves: without secrets, and no more than its limits allow, in bytes of UTF-8. */
import { createHash } from "node:crypto";
import type { MatchEntry, MatchReport } from "../wire/protocol.ts";
import { answerProblem } from "./answer-limits.ts";
import { cutText } from "./cut-text.ts";
import { leavingText, MAX_BYTES, maskedStart } from "./leaving-text.ts";
import type { Mask } from "./mask.ts";

/** What is known of a message beside the entries of scripts. */
export type MatchDetails = Omit<MatchReport, "entries" | "proofHeaders">;

/** Digits of the digest of an id that is not shown whole. */
const DIGEST_DIGITS = 32;

/** The answer to a handshake stays: it is what the sender has to get. The guest has refused one that is too large. */
export function leavingDetails(details: MatchDetails, mask: Mask): MatchDetails {
  const { handshake, verdict, deliveryId, eventType } = details;
  const reason = verdict?.reason;
  const label = (text: string) => leavingText(text, MAX_BYTES.label, mask);
  return {
    ...details,
    ...(handshake === undefined || answerProblem(handshake) === undefined
      ? {}
      : { handshake: undefined }),
    ...(verdict === undefined || reason === undefined
      ? {}
      : { verdict: { ...verdict, reason: label(reason) } }),
    ...(deliveryId === undefined ? {} : { deliveryId: leavingId(deliveryId, mask) }),
    ...(eventType === undefined ? {} : { eventType: label(eventType) }),
  };
}

/** Deliveries are compared by it: what is masked or cut still tells one from another by its digest. */
function leavingId(id: string, mask: Mask): string {
  const masked = maskedStart(id, mask);
  const whole = cutText(masked, MAX_BYTES.label);
  if (whole === id) return id;
  const digest = createHash("sha256").update(id).digest("hex").slice(0, DIGEST_DIGITS);
  return `${cutText(masked, MAX_BYTES.label - DIGEST_DIGITS - 1)}#${digest}`;
}

/** Errors and logs were masked when they were made. */
export function leavingEntry(entry: MatchEntry, mask: Mask): MatchEntry {
  const { warning } = entry;
  if (warning === undefined) return entry;
  return { ...entry, warning: leavingText(warning, MAX_BYTES.warning, mask) };
}
