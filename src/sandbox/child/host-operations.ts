/**
 * The synchronous operations behind `ctx.crypto`, `ctx.verify` and `URL`. The arguments come from scripts and are
 * validated here.
 */
import { createHash, createHmac, getHashes, randomUUID, timingSafeEqual } from "node:crypto";
import { textToBytes } from "../../model/text-codec.ts";
import { macKey, SECRET_ENCODINGS } from "../../verify/mac-key.ts";
import { memoize } from "../../verify/memoize.ts";
import {
  anything,
  checked,
  flag,
  Mismatch,
  oneOf,
  orElse,
  type Reader,
  strictObject,
  text,
} from "../../verify/read-value.ts";
import { type Check, SCHEMES, verify } from "../../verify/verify.ts";
import type { Verify } from "../hookyard.d.ts";
import type { ScriptRequest } from "./request.ts";
import { resolveUrl, urlSchema } from "./url.ts";

const encoding = oneOf(["hex", "base64", "base64url"]);
const algorithm = checked(text, (name) =>
  hashes.has(name.toLowerCase())
    ? undefined
    : `unknown algorithm ${JSON.stringify(name)}, for example "sha256" was expected`,
);
const hashes = new Set(getHashes().map((name) => name.toLowerCase()));

const ofBody = orElse(flag, false);
const secretEncoding = orElse(oneOf(SECRET_ENCODINGS), "utf8");
const hmacSchema = strictObject({
  algorithm,
  key: text,
  secretEncoding,
  encoding: orElse(encoding, "hex"),
  ofBody,
});
const hashSchema = strictObject({ algorithm, encoding, ofBody });
const equalSchema = strictObject({ a: text, b: text });
const verifySchema = strictObject({ scheme: text, options: anything });

/** Memoized, since a match script passes the same options for every message. */
const verifyArgument = memoize((argument) => read("ctx.verify", verifySchema, argument));

/** Fails to compile unless every scheme in `hookyard.d.ts` has a check. */
SCHEMES satisfies Readonly<Record<keyof Verify, Check>>;

/** A longer text is no header name. */
const MAX_HEADER_NAME = 200;

/**
 * The headers that the options of a check name as proof of the sender. Schemes with a fixed header have options with
 * other names.
 */
function proofHeaders(options: unknown): readonly string[] {
  const { header, signatureHeader }: { header?: unknown; signatureHeader?: unknown } =
    Object(options);
  return [header, signatureHeader].filter(
    (name): name is string => typeof name === "string" && name.length <= MAX_HEADER_NAME,
  );
}

type Operation = (argument: string, request: ScriptRequest, text: string) => unknown;

const dataOf = (options: { ofBody: boolean }, request: ScriptRequest, text: string): Buffer =>
  options.ofBody ? request.body : textToBytes(text);

const OPERATIONS: Readonly<Record<string, Operation>> = {
  hmac: (argument, request, text) => {
    const options = read("ctx.crypto.hmac", hmacSchema, argument);
    const key = macKey(options.key, { ...options, secretPrefix: "" });
    if (key === undefined)
      throw new TypeError(
        `ctx.crypto.hmac: the key is not ${options.secretEncoding}, as secretEncoding says`,
      );
    const hmac = createHmac(options.algorithm, key);
    return hmac.update(dataOf(options, request, text)).digest(options.encoding);
  },
  hash: (argument, request, text) => {
    const options = read("ctx.crypto.hash", hashSchema, argument);
    return createHash(options.algorithm)
      .update(dataOf(options, request, text))
      .digest(options.encoding);
  },
  timingSafeEqual: (argument, request) => {
    const { a, b } = read("ctx.crypto.timingSafeEqual", equalSchema, argument);
    for (const one of [a, b]) request.noteProofText(one);
    // Digests have equal lengths, so the time reveals neither content nor length.
    const digest = (text: string) => createHash("sha256").update(textToBytes(text)).digest();
    return timingSafeEqual(digest(a), digest(b));
  },
  randomUUID: () => randomUUID(),
  verify: (argument, request) => {
    const { scheme, options } = verifyArgument(argument);
    for (const name of proofHeaders(options)) request.noteProof(name);
    const { value }: { value?: unknown } = Object(options);
    if (typeof value === "string") request.noteProofText(value);
    return verify(scheme, options, request.signed());
  },
};

/** Operations that need no message: a script may call them while it is loaded. */
const MESSAGELESS_OPERATIONS: Readonly<Record<string, (argument: string) => unknown>> = {
  url: (argument) => resolveUrl(read("URL", urlSchema, argument)),
};

function read<T>(name: string, reader: Reader<T>, argument: string): T {
  try {
    return reader(JSON.parse(argument));
  } catch (error) {
    throw error instanceof Mismatch ? new TypeError(`${name}: ${error.message}`) : error;
  }
}

/** Never throws: an exception that crosses into an isolate would carry host stack frames. */
export function hostOperation(
  name: string,
  argument: string,
  text: string,
  request: ScriptRequest | undefined,
): string {
  try {
    const messageless = MESSAGELESS_OPERATIONS[name];
    if (messageless !== undefined) return JSON.stringify({ value: messageless(argument) });
    const operation = OPERATIONS[name];
    if (operation === undefined || request === undefined)
      throw new TypeError(`there is no operation ${name} here`);
    return JSON.stringify({ value: operation(argument, request, text) });
  } catch (error) {
    return JSON.stringify({
      error: error instanceof Error ? error.message : "the operation failed",
    });
  }
}
