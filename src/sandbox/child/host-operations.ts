/** The synchronous operations behind `ctx.crypto`, `ctx.verify` and `URL`. Arguments come from scripts: nothing is assumed of them. */
import {
  createHash,
  createHmac,
  createSecretKey,
  getHashes,
  randomUUID,
  timingSafeEqual,
} from "node:crypto";
import { textToBytes } from "../../model/text-codec.ts";
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
const hmacSchema = strictObject({ algorithm, key: text, encoding, ofBody });
const hashSchema = strictObject({ algorithm, encoding, ofBody });
const equalSchema = strictObject({ a: text, b: text });
const verifySchema = strictObject({ scheme: text, options: anything });

/** What a match script asks is the same for every message of its provider. */
const verifyArgument = memoize((argument) => read("ctx.verify", verifySchema, argument));

/** Does not compile unless there is a check for each scheme that scripts are told of. */
SCHEMES satisfies Readonly<Record<keyof Verify, Check>>;

/** Longer names are none. */
const MAX_HEADER_NAME = 200;

/** The headers whose values are to prove who the sender is; where a scheme has a header of its own, its name tells. */
function proofHeaders(options: unknown): readonly string[] {
  const { header, signatureHeader }: { header?: unknown; signatureHeader?: unknown } =
    Object(options);
  return [header, signatureHeader].filter(
    (name): name is string => typeof name === "string" && name.length <= MAX_HEADER_NAME,
  );
}

type Operation = (argument: string, request: ScriptRequest, text: string) => unknown;

const dataOf = (wish: { ofBody: boolean }, request: ScriptRequest, text: string): Buffer =>
  wish.ofBody ? request.body : textToBytes(text);

/** Node takes four times as long to make a signature with the bytes of a key as with a key it has made before. */
const macKey = memoize((text) => createSecretKey(textToBytes(text)));

const OPERATIONS: Readonly<Record<string, Operation>> = {
  hmac: (argument, request, text) => {
    const wish = read("ctx.crypto.hmac", hmacSchema, argument);
    const hmac = createHmac(wish.algorithm, macKey(wish.key));
    return hmac.update(dataOf(wish, request, text)).digest(wish.encoding);
  },
  hash: (argument, request, text) => {
    const wish = read("ctx.crypto.hash", hashSchema, argument);
    return createHash(wish.algorithm)
      .update(dataOf(wish, request, text))
      .digest(wish.encoding);
  },
  timingSafeEqual: (argument) => {
    const { a, b } = read("ctx.crypto.timingSafeEqual", equalSchema, argument);
    // Digests have one length, so neither content nor length shows in the time it takes.
    const digest = (text: string) => createHash("sha256").update(textToBytes(text)).digest();
    return timingSafeEqual(digest(a), digest(b));
  },
  randomUUID: () => randomUUID(),
  verify: (argument, request) => {
    const { scheme, options } = verifyArgument(argument);
    for (const name of proofHeaders(options)) request.noteProof(name);
    return verify(scheme, options, request.signed());
  },
};

/** These need no message: a script may ask for them while it is being loaded. */
const FREE_OPERATIONS: Readonly<Record<string, (argument: string) => unknown>> = {
  url: (argument) => resolveUrl(read("URL", urlSchema, argument)),
};

function read<T>(name: string, reader: Reader<T>, argument: string): T {
  try {
    return reader(JSON.parse(argument));
  } catch (error) {
    throw error instanceof Mismatch ? new TypeError(`${name}: ${error.message}`) : error;
  }
}

/** Never throws: an exception that crosses into an isolate would bring host frames with it. */
export function hostOperation(
  name: string,
  argument: string,
  text: string,
  request: ScriptRequest | undefined,
): string {
  try {
    const free = FREE_OPERATIONS[name];
    if (free !== undefined) return JSON.stringify({ value: free(argument) });
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
