/** Standard Webhooks 1.0.0: `v1` (HMAC-SHA256) and `v1a` (Ed25519) over `{id}.{timestamp}.{body}`. */
import { createHmac } from "node:crypto";
import { z } from "zod";
import { secretSchema } from "./hmac.ts";
import { ed25519Fits } from "./public-key.ts";
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
  singleHeaders,
  staleness,
  type Verdict,
} from "./request.ts";

export const standardWebhooksSchema = z.strictObject({
  secret: secretSchema,
  toleranceSeconds: z.number().min(0).default(300),
  headerPrefix: z.enum(["webhook", "svix"]).default("webhook"),
});

/** A longer list is an attempt to try out signatures. */
const MAX_SIGNATURES = 16;

export function verifyStandardWebhooks(
  options: z.infer<typeof standardWebhooksSchema>,
  request: SignedRequest,
): Verdict {
  const { headerPrefix: prefix, toleranceSeconds } = options;
  const secrets = liveSecrets(options.secret);
  if (secrets.length === 0) return NO_SECRET;
  const found = singleHeaders(
    request,
    ["id", "timestamp", "signature"].map((part) => `${prefix}-${part}`),
  );
  if ("ok" in found) return found;
  const [id = "", timestamp = "", list = ""] = found;
  // A dot would let the border between id, timestamp and body be moved under the same signature.
  if (id.includes(".")) return refuse(`header ${prefix}-id has a dot in it`);
  const stale = staleness(timestamp, toleranceSeconds, request.judgedAt);
  if (stale !== undefined) return refuse(stale);
  const head = Buffer.from(`${id}.${timestamp}.`);
  const contents = bodiesOf(request).map((body) => Buffer.concat([head, body]));
  const tries = list.split(" ").slice(0, MAX_SIGNATURES);
  const fits = tries.some((signature) =>
    secrets.some((secret) => contents.some((content) => signatureFits(signature, secret, content))),
  );
  return fits ? OK : MISMATCH;
}

function signatureFits(signature: string, secret: string, content: Buffer): boolean {
  const [version = "", text = ""] = signature.split(",", 2);
  const given = decodeStrictly(text, "base64");
  if (given === undefined) return false;
  if (version === "v1a") {
    const key = secret.startsWith("whpk_")
      ? decodeStrictly(secret.slice("whpk_".length), "base64")
      : undefined;
    return key !== undefined && ed25519Fits(key, content, given);
  }
  if (version !== "v1" || secret.startsWith("whpk_")) return false;
  const key = decodeStrictly(secret.replace(/^whsec_/, ""), "base64");
  return key !== undefined && equalBytes(createHmac("sha256", key).update(content).digest(), given);
}
