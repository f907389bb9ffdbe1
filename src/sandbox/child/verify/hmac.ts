/** One HMAC of the body, or of a text around it, in one header. */
import { createHmac } from "node:crypto";
import { z } from "zod";
import { textToBytes } from "../text-codec.ts";
import {
  bodiesOf,
  decodeStrictly,
  equalBytes,
  liveSecrets,
  MISMATCH,
  NO_SECRET,
  OK,
  refuse,
  type SignedRequest,
  singleHeader,
  type Verdict,
} from "./request.ts";

export const secretSchema = z.union([z.string(), z.array(z.string())]).optional();

export const hmacSchema = z.strictObject({
  secret: secretSchema,
  header: z.string().min(1),
  algorithm: z.enum(["sha1", "sha256", "sha384", "sha512"]).default("sha256"),
  encoding: z.enum(["hex", "base64"]).default("hex"),
  prefix: z.string().default(""),
  secretEncoding: z.enum(["utf8", "hex", "base64"]).default("utf8"),
  /** Signed instead of the body; `{body}` in it stands for the body's bytes. */
  content: z.string().optional(),
});
type HmacOptions = z.infer<typeof hmacSchema>;

const DIGEST_BYTES = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;

export function verifyHmac(options: HmacOptions, request: SignedRequest): Verdict {
  const { header, algorithm, encoding, prefix } = options;
  const secrets = liveSecrets(options.secret);
  if (secrets.length === 0) return NO_SECRET;
  const found = singleHeader(request, header);
  if (!("value" in found)) return found;
  if (!found.value.startsWith(prefix))
    return refuse(`header ${header} does not start with ${prefix}`);
  const given = decodeStrictly(found.value.slice(prefix.length), encoding);
  if (given?.length !== DIGEST_BYTES[algorithm]) {
    return refuse(
      `header ${header} is malformed: ${DIGEST_BYTES[algorithm]} bytes as ${encoding} were expected`,
    );
  }
  const contents = bodiesOf(request).map((body) => signedContent(options.content, body));
  const fits = secrets.some((secret) => {
    const key = keyOf(secret, options.secretEncoding);
    return contents.some((content) =>
      equalBytes(createHmac(algorithm, key).update(content).digest(), given),
    );
  });
  return fits ? OK : MISMATCH;
}

/** A secret that is not in its encoding is a mistake of the set-up, and says so. */
function keyOf(secret: string, encoding: HmacOptions["secretEncoding"]): Buffer {
  if (encoding === "utf8") return Buffer.from(secret, "utf8");
  const key = decodeStrictly(secret, encoding);
  if (key === undefined)
    throw new TypeError(`the secret is not ${encoding}, as secretEncoding says`);
  return key;
}

function signedContent(template: string | undefined, body: Buffer): Buffer {
  if (template === undefined) return body;
  const cut = template.indexOf("{body}");
  if (cut === -1) return textToBytes(template);
  return Buffer.concat([
    textToBytes(template.slice(0, cut)),
    body,
    textToBytes(template.slice(cut + "{body}".length)),
  ]);
}
