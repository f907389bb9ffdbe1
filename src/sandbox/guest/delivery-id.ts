/** Reads the delivery id that a match script returned. */
import type { MatchDone } from "../wire/guest-posts.ts";
import { cutRaw, MAX_RAW_UNITS } from "../wire/raw-text.ts";
import { decodedBodyOf, type EventHead } from "./event.ts";
import { wholeLine } from "./format.ts";
import { digest } from "./toolbox.ts";

type DeliveryId = Pick<MatchDone, "deliveryId" | "deliveryDigest"> &
  Pick<MatchDone["entry"], "warning">;

/** A number as a word of its own that has more digits than a double holds, or an exponent. */
const LONG_NUMBER = /(?<![\w.])-?(?:\d{16,}|\d(?:\.\d+)?e\+\d+)(?![\w.])/g;

const { stringify } = JSON;
const { isSafeInteger } = Number;

const SENT_NUMBER = /-?\d{16,}/g;

/**
 * No id if it is, or contains, a rounded number: different deliveries would have the same one. A number that the
 * request contains with the same digits was not rounded.
 */
export function readDeliveryId(value: unknown, event: EventHead): DeliveryId {
  if (value === undefined || value === null || value === "") return {};
  const text = wholeLine([value]);
  const rounded = typeof value === "number" ? unsafe(text) : roundedIn(text, event);
  if (rounded !== undefined)
    return {
      warning: `the delivery id is a rounded number, so this message is never a duplicate: deliveryId returned ${cutRaw(text)}, and numbers beyond 2^53 are rounded. Set "numbers": "exact" in provider.json, or take the digits from event.rawBody`,
    };
  if (text.length < MAX_RAW_UNITS) return { deliveryId: text };
  // The host gets only the start of a long text.
  const whole = digest("hash", { algorithm: "sha256", encoding: "hex" }, text);
  return { deliveryId: cutRaw(text), deliveryDigest: whole };
}

const unsafe = (text: string): string | undefined =>
  Number.isInteger(Number(text)) && !isSafeInteger(Number(text)) ? text : undefined;

function roundedIn(text: string, event: EventHead): string | undefined {
  const found = text
    .match(LONG_NUMBER)
    ?.filter((one) => unsafe(one) && String(Number(one)) === one);
  if (found === undefined || found.length === 0) return undefined;
  const request = [decodedBodyOf(event), stringify([event.headers, event.query, event["path"]])];
  const sent = request.flatMap((part) => part.match(SENT_NUMBER) ?? []);
  return found.find((one) => isRounded(one, sent));
}

/** Only the original of the rounded number has the same value. A text of two numbers has none. */
const isRounded = (one: string, sent: readonly string[]): boolean =>
  !sent.includes(one) && sent.some((other) => Number(other) === Number(one));
