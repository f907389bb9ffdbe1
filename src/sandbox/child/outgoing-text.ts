/**
 * The only way a script's text leaves this process: it is masked whole, then cut between code points. Cut first, a
 * text that ends within a secret would show all but the secret's last character.
 */
import { MAX_RAW_UNITS } from "../wire/raw-text.ts";
import { cutText } from "./cut-text.ts";
import type { Mask } from "./mask.ts";

/** The most bytes of UTF-8 that are kept of each text. */
export const MAX_BYTES = {
  /** One line of a log. */
  line: 8192,
  /** The text of `setMessage`, the reason of `skip`. */
  message: 500,
  /** `deliveryId`, `eventType`, and why verification failed. */
  label: 200,
  warning: 500,
  faultName: 256,
  faultMessage: 8192,
  causeMessage: 1000,
  stack: 8192,
} as const;

export const outgoingText = (text: string, maxBytes: number, mask: Mask): string =>
  cutText(maskedStart(text, mask), maxBytes);

/** Masked, and cut to what may cross from the guest. */
export function maskedStart(text: string, mask: Mask): string {
  const whole = hideExcerpts(text.slice(0, MAX_RAW_UNITS), mask);
  return text.length < MAX_RAW_UNITS ? mask.apply(whole) : mask.applyToStart(whole);
}

/**
 * The message of V8's JSON error quotes ten characters on each side of the position: a cut that is made before
 * masking.
 */
const JSON_ERROR_END = " is not valid JSON";
const JSON_ERROR_EXCERPT = /"(.{4,64}?)"(?=(?:\.\.\.)? is not valid JSON)/gs;

function hideExcerpts(text: string, mask: Mask): string {
  if (!text.includes(JSON_ERROR_END)) return text;
  return text.replace(JSON_ERROR_EXCERPT, (quoted, excerpt: string) =>
    mask.sharesPart(excerpt) ? '"…"' : quoted,
  );
}
