/** The outgoing details of a match: secrets masked, and cut to their limits in bytes of UTF-8. */
import { createHash } from "node:crypto";
import type { MatchDone } from "../wire/guest-posts.ts";
import type { MatchEntry, MatchReport } from "../wire/protocol.ts";
import { answerProblem } from "./answer-limits.ts";
import { cutText } from "./cut-text.ts";
import type { Mask } from "./mask.ts";
import { MAX_BYTES, maskedStart, outgoingText } from "./outgoing-text.ts";

/** The parts of a match report beside the entries. */
export type MatchDetails = Omit<MatchReport, "entries" | "proofHeaders">;

/** Hexadecimal digits of the digest that replaces the end of a masked or cut id. */
const DIGEST_DIGITS = 32;

/**
 * The handshake is not masked: the sender must get it as it is. The guest already refused an answer that is too
 * large.
 */
export function outgoingDetails(
  { deliveryDigest, ...details }: MatchDetails & Pick<MatchDone, "deliveryDigest">,
  mask: Mask,
): MatchDetails {
  const { handshake, verdict, deliveryId, eventType } = details;
  const reason = verdict?.reason;
  const label = (text: string) => outgoingText(text, MAX_BYTES.label, mask);
  return {
    ...details,
    ...(handshake === undefined || answerProblem(handshake) === undefined
      ? {}
      : { handshake: undefined }),
    ...(verdict === undefined || reason === undefined
      ? {}
      : { verdict: { ...verdict, reason: label(reason) } }),
    ...(deliveryId === undefined
      ? {}
      : { deliveryId: outgoingId(deliveryId, deliveryDigest, mask) }),
    ...(eventType === undefined ? {} : { eventType: label(eventType) }),
  };
}

/**
 * Delivery ids are compared, so a masked or cut id keeps a digest of the original. So does an id with half a surrogate
 * pair, which the database cannot keep. `known` is the digest of an id that the guest has cut.
 */
function outgoingId(id: string, known: string | undefined, mask: Mask): string {
  const masked = maskedStart(id, mask);
  const whole = cutText(masked, MAX_BYTES.label);
  if (whole === id && id.isWellFormed()) return id;
  const bytes = Buffer.from(id, id.isWellFormed() ? "utf8" : "utf16le");
  const digest = (known ?? createHash("sha256").update(bytes).digest("hex")).slice(
    0,
    DIGEST_DIGITS,
  );
  const shown = cutText(masked, MAX_BYTES.label - DIGEST_DIGITS - 1).toWellFormed();
  return `${shown}#${digest}`;
}

/** Errors and logs are already masked. */
export function outgoingEntry(entry: MatchEntry, mask: Mask): MatchEntry {
  const { warning } = entry;
  if (warning === undefined) return entry;
  return { ...entry, warning: outgoingText(warning, MAX_BYTES.warning, mask) };
}
