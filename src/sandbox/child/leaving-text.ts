/**
 * The one way of a text of a script out of this process: it is masked whole, then cut between code points. The other way
 * round a cut through a secret would show all but its last character.
 */
import { MAX_RAW_UNITS } from "../wire/raw-text.ts";
import { cutText } from "./cut-text.ts";
import type { Mask } from "./mask.ts";

/** In bytes of UTF-8, of what is kept of each text. */
export const MAX_BYTES = {
  /** Of a log. */
  line: 8192,
  /** The line of `setMessage`, the reason of `skip`. */
  message: 500,
  /** What labels a message: `deliveryId`, `eventType`, why it could not be verified. */
  label: 200,
  warning: 500,
  faultName: 256,
  faultMessage: 8192,
  stack: 8192,
} as const;

export const leavingText = (text: string, maxBytes: number, mask: Mask): string =>
  cutText(maskedStart(text, mask), maxBytes);

/** Masked, and at most what may cross from a script. */
export function maskedStart(text: string, mask: Mask): string {
  const whole = withoutExcerpts(text.slice(0, MAX_RAW_UNITS), mask);
  return text.length < MAX_RAW_UNITS ? mask.apply(whole) : mask.applyToStart(whole);
}

/** V8 shows of a text that is no JSON the ten characters before and behind the place: a cut that was made before ours. */
const EXCERPT_END = " is not valid JSON";
const EXCERPT = /"(.{4,64}?)"(?=(?:\.\.\.)? is not valid JSON)/gs;

function withoutExcerpts(text: string, mask: Mask): string {
  if (!text.includes(EXCERPT_END)) return text;
  return text.replace(EXCERPT, (quoted, excerpt: string) =>
    mask.sharesPart(excerpt) ? '"…"' : quoted,
  );
}
