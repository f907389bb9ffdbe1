/** HMAC of the body, or of a text around it, in one header. */
import { createHmac } from "node:crypto";
import { z } from "zod";
import { base64Bytes, base64KeyBytes, hexBytes, sameBytes } from "./encoding.ts";
import { readAfterPrefix } from "./header.ts";
import { headerName, liveValues, oneOf, optionsOf, readOptions } from "./options.ts";
import { candidateBodies, contentPieces, templateProblem } from "./signed-content.ts";
import {
  ACCEPTED,
  found,
  type Reading,
  refuse,
  type SignedRequest,
  type Verdict,
} from "./verdict.ts";

const LENGTHS = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;

const schema = optionsOf({
  secret: liveValues,
  header: headerName,
  algorithm: oneOf(["sha1", "sha256", "sha384", "sha512"]).default("sha256"),
  encoding: oneOf(["hex", "base64"]).default("hex"),
  prefix: z.string().default(""),
  secretEncoding: oneOf(["utf8", "hex", "base64"]).default("utf8"),
  content: z.string().optional(),
});
type Options = z.infer<typeof schema>;

export function verifyHmac(given: unknown, request: SignedRequest): Verdict {
  const options = readOptions("hmac", schema, given);
  if (options.secret.length === 0) return refuse("no secret is configured");
  const keys = options.secret.map((secret) => keyBytes(secret, options)).filter((key) => !!key);
  if (keys.length === 0) return refuse(`the configured secret is not ${options.secretEncoding}`);
  const signature = readSignature(options, request);
  if (!signature.ok) return signature;
  const problem = templateProblem(options.content);
  if (problem !== undefined) return problem;
  const contents = candidateBodies(request).map((body) => contentPieces(options.content, body));
  const fits = keys.some((key) =>
    contents.some((pieces) => sameBytes(mac(options, key, pieces), signature.value)),
  );
  return fits ? ACCEPTED : refuse(`the signature in ${options.header} does not match`);
}

function keyBytes(secret: string, { secretEncoding }: Options): Buffer | undefined {
  switch (secretEncoding) {
    case "utf8":
      return Buffer.from(secret, "utf8");
    case "hex":
      return hexBytes(secret);
    case "base64":
      return base64KeyBytes(secret);
  }
}

function readSignature(options: Options, request: SignedRequest): Reading<Buffer> {
  const { header, encoding, algorithm } = options;
  const text = readAfterPrefix(request, header, options.prefix);
  if (!text.ok) return text;
  const length = LENGTHS[algorithm];
  const bytes = encoding === "hex" ? hexBytes(text.value) : base64Bytes(text.value);
  if (bytes?.length === length) return found(bytes);
  const expected =
    encoding === "hex" ? `${length * 2} hex digits` : `${length} bytes in padded base64`;
  return refuse(
    `the signature in ${header} is malformed: ${expected} were expected for ${algorithm}, ${text.value.length} characters were sent`,
  );
}

function mac({ algorithm }: Options, key: Buffer, pieces: readonly Buffer[]): Buffer {
  const hmac = createHmac(algorithm, key);
  for (const piece of pieces) hmac.update(piece);
  return hmac.digest();
}
