/** HMAC of the body, or of a text around it, in one header. */
import { createHmac, type KeyObject } from "node:crypto";
import { z } from "zod";
import { sameBytes } from "./encoding.ts";
import { readListValue, readSignatures } from "./hmac-signatures.ts";
import { macKey } from "./mac-key.ts";
import { headerName, liveValues, oneOf, optionsOf, readOptions } from "./options.ts";
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

const schema = optionsOf({
  secret: liveValues,
  header: headerName,
  algorithm: oneOf(["sha1", "sha256", "sha384", "sha512"]).default("sha256"),
  encoding: oneOf(["hex", "base64"]).default("hex"),
  prefix: z.string().default(""),
  signatures: oneOf(["one", "list"]).default("one"),
  separator: z.string().min(1).default(","),
  secretEncoding: oneOf(["utf8", "hex", "base64"]).default("utf8"),
  secretPrefix: z.string().default(""),
  content: z.string().default("{body}"),
  timestamp: timestampOption.optional(),
  url: liveValues,
});
type Options = z.infer<typeof schema>;

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

/** A time that anybody can change proves nothing; what comes as a value is taken from the signed body. */
function checkTimestampIsSigned({ timestamp, content }: Options): void {
  const isApart = timestamp?.header !== undefined || timestamp?.key !== undefined;
  const isSigned = content.includes("{timestamp}");
  if (isApart && !isSigned) {
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
