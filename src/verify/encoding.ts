/** Text to bytes by strict grammar. `Buffer.from` alone skips whatever it cannot read. */
import { timingSafeEqual } from "node:crypto";

/** Hex digits of either case. */
export function hexBytes(text: string): Buffer | undefined {
  return /^(?:[0-9a-fA-F]{2})+$/.test(text) ? Buffer.from(text, "hex") : undefined;
}

/** The standard alphabet with padding; only the one spelling an encoder produces, so that a signature has one text. */
export function base64Bytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? bytes : undefined;
}

/** The URL alphabet without padding, as JSON Web Signatures use it. */
export function base64UrlBytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return text !== "" && bytes.toString("base64url") === text ? bytes : undefined;
}

/** For configured keys, which senders decode leniently: padding and unused last bits do not matter. */
export function base64KeyBytes(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]{2,}={0,2}$/.test(text)) return undefined;
  return text.replace(/=+$/, "").length % 4 === 1 ? undefined : Buffer.from(text, "base64");
}

/** `timingSafeEqual` throws on unequal lengths; the length of a signature is no secret. */
export function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
