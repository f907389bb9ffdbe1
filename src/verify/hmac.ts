/** HMAC of the body, or of a text that contains it, in one header. */
import { createHmac, type KeyObject } from "node:crypto";
import { sameBytes } from "./encoding.ts";
import { readListValue, readSignatures } from "./hmac-signatures.ts";
import { macKey } from "./mac-key.ts";
import { headerName, liveValues, optionsOf, readOptions } from "./options.ts";
import { checked, oneOf, optional, orElse, type Read, text } from "./read-value.ts";
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
  header: headerName,
  algorithm: orElse(oneOf(["sha1", "sha256", "sha384", "sha512"]), "sha256"),
  encoding: orElse(oneOf(["hex", "base64"]), "hex"),
  prefix: orElse(text, ""),
  signatures: orElse(oneOf(["one", "list"]), "one"),
  separator: orElse(separator, ","),
  secretEncoding: orElse(oneOf(["utf8", "hex", "base64"]), "utf8"),
  secretPrefix: orElse(text, ""),
  content: orElse(text, "{body}"),
  timestamp: optional(timestampOption),
  url: liveValues,
});
type Options = Read<typeof schema>;

export function verifyHmac(given: unknown, request: SignedRequest): Verdict {
  const options = readOptions("hmac", schema, given);
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
  return refuse(
    options.signatures === "one"
      ? `the signature in ${options.header} does not match`
      : `no signature in ${options.header} matches`,
  );
}

/**
 * A timestamp in a header must be signed, or anyone could change it. A timestamp given as a value comes from the
 * signed body.
 */
function checkTimestampIsSigned({ timestamp, content }: Options): void {
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
  const urls = () => (options.url.length > 0 ? options.url : [request.line?.().url ?? []].flat());
  return signedContents({ template: options.content, timestamp: timestamp.value, urls }, request);
}

function mac({ algorithm }: Options, key: KeyObject, content: Content): Buffer {
  const hmac = createHmac(algorithm, key);
  for (const piece of content) hmac.update(piece);
  return hmac.digest();
}
