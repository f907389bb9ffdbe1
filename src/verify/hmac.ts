/** HMAC of the body, of a text that contains it, or of a text that the script made from the message. */
import { createHmac, type KeyObject } from "node:crypto";
import { textToBytes } from "../model/text-codec.ts";
import { sameBytes } from "./encoding.ts";
import { readListValue, readSignatures, signatureIn } from "./hmac-signatures.ts";
import { macKey, SECRET_ENCODINGS } from "./mac-key.ts";
import { headerName, liveValues, optionsOf, readOptions } from "./options.ts";
import { anything, checked, oneOf, optional, orElse, type Read, text } from "./read-value.ts";
import { type Content, signedContents } from "./signed-content.ts";
import { readTimestampOption, timestampOption } from "./timestamp.ts";
import {
  ACCEPTED,
  found,
  type Reading,
  refuse,
  type SignedRequest,
  type Verdict,
} from "./verdict.ts";

const separator = checked(text, (given) =>
  given === "" ? "expected at least one character" : undefined,
);

const schema = optionsOf({
  secret: liveValues,
  header: optional(headerName),
  value: anything,
  algorithm: orElse(oneOf(["sha1", "sha256", "sha384", "sha512"]), "sha256"),
  encoding: orElse(oneOf(["hex", "base64"]), "hex"),
  prefix: orElse(text, ""),
  signatures: orElse(oneOf(["one", "list"]), "one"),
  separator: orElse(separator, ","),
  secretEncoding: orElse(oneOf(SECRET_ENCODINGS), "utf8"),
  secretPrefix: orElse(text, ""),
  content: orElse(text, "{body}"),
  data: optional(text),
  timestamp: optional(timestampOption),
  url: liveValues,
});
type Options = Read<typeof schema>;

export function verifyHmac(given: unknown, request: SignedRequest): Verdict {
  const options = readOptions("hmac", schema, given);
  if ((options.header === undefined) === (options.value === undefined))
    throw new TypeError("ctx.verify.hmac: either header or value was expected");
  checkTimestampIsSigned(options);
  if (options.secret.length === 0) return refuse("no secret is configured");
  const keys = options.secret.map((secret) => macKey(secret, options)).filter((key) => !!key);
  if (keys.length === 0) return refuse(`the configured secret is not ${options.secretEncoding}`);
  const signatures = readSignatures(options, request);
  if (!signatures.ok) return signatures;
  const contents = readContents(options, request);
  if (!contents.ok) return contents;
  const fits = keys.some((key) =>
    contents.value.some((content) => {
      const expected = mac(options, key, content);
      return signatures.value.some((signature) => sameBytes(expected, signature));
    }),
  );
  if (fits) return ACCEPTED;
  const signature = signatureIn(options);
  return refuse(
    options.signatures === "one" ? `${signature} does not match` : `no ${signature} matches`,
  );
}

/**
 * A timestamp in a header must be signed, or anyone could change it. A timestamp given as a value comes from the
 * signed body.
 */
function checkTimestampIsSigned({ timestamp, content, data }: Options): void {
  if (data !== undefined && content !== "{body}")
    throw new TypeError("ctx.verify.hmac: content and data were given, expected only one");
  const isInHeader = timestamp?.header !== undefined || timestamp?.key !== undefined;
  const isSigned = content.includes("{timestamp}");
  if (isInHeader && !isSigned) {
    throw new TypeError(
      "ctx.verify.hmac: timestamp was given, so {timestamp} was expected in content",
    );
  }
  if (isSigned && timestamp === undefined) {
    throw new TypeError("ctx.verify.hmac: content holds {timestamp}, so timestamp was expected");
  }
}

function readContents(options: Options, request: SignedRequest): Reading<readonly Content[]> {
  const timestamp =
    options.timestamp === undefined
      ? found(undefined)
      : readTimestampOption(options.timestamp, request, (key) =>
          readListValue(options, request, key),
        );
  if (!timestamp.ok) return timestamp;
  if (options.data !== undefined) return found([[textToBytes(options.data)]]);
  const urls = () => (options.url.length > 0 ? options.url : [request.line?.().url ?? []].flat());
  return signedContents({ template: options.content, timestamp: timestamp.value, urls }, request);
}

function mac({ algorithm }: Options, key: KeyObject, content: Content): Buffer {
  const hmac = createHmac(algorithm, key);
  for (const piece of content) hmac.update(piece);
  return hmac.digest();
}
