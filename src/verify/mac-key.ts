/** Reads HMAC keys as they are configured. */
import { createSecretKey, type KeyObject } from "node:crypto";
import { textToBytes } from "../model/text-codec.ts";
import { base64KeyBytes, hexBytes } from "./encoding.ts";
import { memoize } from "./memoize.ts";

/** Formats come from match scripts; there are only a few. */
const MAX_FORMATS = 64;

export const SECRET_ENCODINGS = ["utf8", "hex", "base64"] as const;

export interface KeyFormat {
  readonly secretEncoding: (typeof SECRET_ENCODINGS)[number];
  /** A prefix before the encoded secret that is not part of it. */
  readonly secretPrefix: string;
}

/** By format. The encoding comes first, since a prefix may be any text. */
const makers = new Map<string, (secret: string) => KeyObject | undefined>();

/** Undefined if `secret` does not have the expected encoding. */
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
      return textToBytes(text);
    case "hex":
      return hexBytes(text);
    case "base64":
      return base64KeyBytes(text);
  }
}
