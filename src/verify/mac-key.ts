/** Keys of HMACs, as they are configured. */
import { createSecretKey, type KeyObject } from "node:crypto";
import { base64KeyBytes, hexBytes } from "./encoding.ts";
import { memoize } from "./memoize.ts";

/** Formats stand in match scripts: there are a handful. */
const MAX_FORMATS = 64;

export interface KeyFormat {
  readonly secretEncoding: "utf8" | "hex" | "base64";
  /** What stands before the encoded secret and is no part of it. */
  readonly secretPrefix: string;
}

/** By format, encoding first: a prefix may be any text. */
const makers = new Map<string, (secret: string) => KeyObject | undefined>();

/** Undefined when `secret` is not in the encoding it should be in. */
export function macKey(secret: string, format: KeyFormat): KeyObject | undefined {
  const name = `${format.secretEncoding} ${format.secretPrefix}`;
  const maker =
    makers.get(name) ??
    memoize((text) => {
      const bytes = keyBytes(text, format);
      return bytes && createSecretKey(bytes);
    });
  if (makers.size < MAX_FORMATS) makers.set(name, maker);
  return maker(secret);
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
