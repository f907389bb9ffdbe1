/** Decodes text strictly. `Buffer.from` alone skips characters it cannot read. */
import { timingSafeEqual } from "node:crypto";

/** Hex digits of either case. */
export function hexBytes(text: string): Buffer | undefined {
  return /^(?:[0-9a-fA-F]{2})+$/.test(text) ? Buffer.from(text, "hex") : undefined;
}

/** Standard alphabet with padding. Only the canonical spelling is accepted, so that a signature has one text. */
export function base64Bytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? bytes : undefined;
}

/** URL alphabet without padding, as in JSON Web Signatures. */
export function base64UrlBytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return text !== "" && bytes.toString("base64url") === text ? bytes : undefined;
}

/** For configured keys, which senders decode leniently: padding and unused last bits are ignored. */
export function base64KeyBytes(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]{2,}={0,2}$/.test(text)) return undefined;
  return text.replace(/=+$/, "").length % 4 === 1 ? undefined : Buffer.from(text, "base64");
}

/** `timingSafeEqual` throws on unequal lengths. The length of a signature is not secret. */
export function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
