/** Reads the delivery id that a match script returned. */
import type { MatchDone } from "../wire/guest-posts.ts";
import { cutRaw, MAX_RAW_UNITS } from "../wire/raw-text.ts";
import { decodedBodyOf, type EventHead } from "./event.ts";
import { wholeLine } from "./format.ts";
import { digest } from "./toolbox.ts";

type DeliveryId = Pick<MatchDone, "deliveryId" | "deliveryDigest"> &
  Pick<MatchDone["entry"], "warning">;

/** Digits for which a double may be too short, an exponent, or a number beyond all doubles. */
const MAY_BE_ROUNDED = /\d{16}|e\+\d|Infinity/;

const { stringify } = JSON;
const { isSafeInteger } = Number;

const SENT_DIGITS = /\d{16,}/g;

/**
 * No id if it is, or contains, a rounded number: different deliveries would have the same one. A number that the
 * request contains with the same digits was not rounded.
 */
export function readDeliveryId(value: unknown, event: EventHead): DeliveryId {
  if (value === undefined || value === null || value === "") return {};
  const text = wholeLine([value]);
  const isRounded = typeof value === "number" ? !isExact(value) : hasRounded(text, event);
  if (isRounded)
    return {
      warning: `the delivery id is a rounded number, so this message is never a duplicate: deliveryId returned ${cutRaw(text)}, and numbers beyond 2^53 are rounded. Set "numbers": "exact" in provider.json, or take the digits from event.rawBody`,
    };
  if (text.length < MAX_RAW_UNITS) return { deliveryId: text };
  // The host gets only the start of a long text.
  const whole = digest("hash", { algorithm: "sha256", encoding: "hex" }, text);
  return { deliveryId: cutRaw(text), deliveryDigest: whole };
}

/** A fraction is taken as it is: it is no integer that was rounded. */
const isExact = (value: number): boolean =>
  isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value));

/** Digits of the request that do not fit into a double are in the text as the double's digits. */
function hasRounded(text: string, event: EventHead): boolean {
  if (!MAY_BE_ROUNDED.test(text)) return false;
  const request = [decodedBodyOf(event), stringify([event.headers, event.query, event["path"]])];
  if (text.includes(BEYOND)) return !request.some((part) => part.includes(BEYOND));
  const digits = request.flatMap((part) => part.match(SENT_DIGITS) ?? []);
  const sent = new Set(digits.map((one) => one.replace(/^0+/, "")));
  for (const one of sent) {
    const rounded = String(Number(one));
    if (isSafeInteger(Number(one)) || rounded === one || sent.has(rounded)) continue;
    if (text.includes(rounded)) return true;
  }
  return false;
}

/** `JSON.parse` reads `1e400` so. */
const BEYOND = String(Number.POSITIVE_INFINITY);
