/** HMAC keys that a script has as bytes. They cross to the host as hexadecimal text. */
import { bytesIn } from "./byte-view.ts";

const { isArray } = Array;

/** The options of `ctx.crypto.hmac`, with a key of bytes as text. */
export function withKeyAsText(options: Readonly<Record<string, unknown>>): object {
  const bytes = bytesIn(options["key"]);
  if (bytes === undefined) return options;
  refuseEncoding("ctx.crypto.hmac", "key", options);
  return bytes.length === 0
    ? { ...options, key: "" }
    : { ...options, key: hexOf(bytes), secretEncoding: "hex" };
}

/** The options of `ctx.verify.hmac`, with secrets of bytes as text. */
export function withSecretAsText(options: Readonly<Record<string, unknown>>): object {
  const { secret } = options;
  const values: readonly unknown[] = isArray(secret) ? secret : [secret];
  const bytes = values.map(bytesIn).filter((one) => one !== undefined);
  if (bytes.length === 0) return options;
  if (bytes.length < values.length)
    throw new TypeError(
      "ctx.verify.hmac: secret holds bytes and other values, expected only one kind",
    );
  refuseEncoding("ctx.verify.hmac", "secret", options);
  return { ...options, secret: bytes.map(hexOf), secretEncoding: "hex" };
}

/** Bytes are decoded already: an encoding beside them is a mistake. */
function refuseEncoding(
  caller: string,
  name: string,
  options: Readonly<Record<string, unknown>>,
): void {
  const given = ["secretEncoding", "secretPrefix"].find((key) => options[key] !== undefined);
  if (given !== undefined)
    throw new TypeError(
      `${caller}: ${name} is given as bytes, so ${given} has no meaning: leave it out, or give the ${name} as text`,
    );
}

const hexOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
