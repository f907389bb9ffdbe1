/** Keys of HMACs, as they are configured. */
import { createSecretKey, type KeyObject } from "node:crypto";
import { base64KeyBytes, hexBytes } from "./encoding.ts";

export interface KeyFormat {
  readonly secretEncoding: "utf8" | "hex" | "base64";
  /** What stands before the encoded secret and is no part of it. */
  readonly secretPrefix: string;
}

/** Making a key out of bytes takes longer than the HMAC of a usual body. There are as many as secrets in use. */
const made = new Map<string, KeyObject | undefined>();
const MAX_MADE = 256;

/** Undefined when `secret` is not in the encoding it should be in. */
export function macKey(secret: string, format: KeyFormat): KeyObject | undefined {
  const name = `${format.secretEncoding} ${format.secretPrefix} ${secret}`;
  if (!made.has(name)) {
    if (made.size >= MAX_MADE) made.clear();
    const bytes = keyBytes(secret, format);
    made.set(name, bytes && createSecretKey(bytes));
  }
  return made.get(name);
}

function keyBytes(secret: string, format: KeyFormat): Buffer | undefined {
  const { secretEncoding, secretPrefix } = format;
  const text = secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret;
  switch (secretEncoding) {
    case "utf8":
      return Buffer.from(text, "utf8");
    case "hex":
      return hexBytes(text);
    case "base64":
      return base64KeyBytes(text);
  }
}
