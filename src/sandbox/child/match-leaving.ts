/** What a match script has said, as it leaves: without secrets, and no more than its limits allow, in bytes of UTF-8. */
import type { MatchEntry, MatchReport } from "../protocol.ts";
import { leavingText, MAX_BYTES } from "./leaving-text.ts";
import type { Mask } from "./mask.ts";

/** What is known of a message beside the entries of scripts. */
export type MatchDetails = Omit<MatchReport, "entries">;

/** The answer to a handshake stays: it is what the sender has to get. */
export function leavingDetails(details: MatchDetails, mask: Mask): MatchDetails {
  const { verdict, deliveryId, eventType } = details;
  const reason = verdict?.reason;
  const label = (text: string) => leavingText(text, MAX_BYTES.label, mask);
  return {
    ...details,
    ...(verdict === undefined || reason === undefined
      ? {}
      : { verdict: { ...verdict, reason: label(reason) } }),
    ...(deliveryId === undefined ? {} : { deliveryId: label(deliveryId) }),
    ...(eventType === undefined ? {} : { eventType: label(eventType) }),
  };
}

/** Errors and logs were masked when they were made. */
export function leavingEntry(entry: MatchEntry, mask: Mask): MatchEntry {
  const { warning } = entry;
  if (warning === undefined) return entry;
  return { ...entry, warning: leavingText(warning, MAX_BYTES.warning, mask) };
}
