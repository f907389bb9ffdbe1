/** Standard Webhooks 1.0: id, timestamp and body, signed by HMAC (`v1`) or Ed25519 (`v1a`). */
import { createHmac, createSecretKey, verify as isSignedBy, type KeyObject } from "node:crypto";
import { base64Bytes, base64KeyBytes, sameBytes } from "./encoding.ts";
import { readHeader } from "./header.ts";
import { memoize } from "./memoize.ts";
import { liveValues, optionsOf, readOptions } from "./options.ts";
import { ed25519Key } from "./public-key.ts";
import { nonNegative, oneOf, orElse } from "./read-value.ts";
import { candidateBodies } from "./signed-content.ts";
import { readTimestamp } from "./timestamp.ts";
import {
  ACCEPTED,
  found,
  type Reading,
  refuse,
  type SignedRequest,
  type Verdict,
} from "./verdict.ts";

/** Each signature takes a pass over the body per key. */
const MAX_SIGNATURES = 16;

const schema = optionsOf({
  secret: liveValues,
  toleranceSeconds: orElse(nonNegative, 300),
  headerPrefix: orElse(oneOf(["webhook", "svix"]), "webhook"),
});

type Key =
  | { readonly version: "v1"; readonly secret: KeyObject }
  | { readonly version: "v1a"; readonly publicKey: KeyObject };

interface Signature {
  readonly version: string;
  readonly bytes: Buffer;
}

export function verifyStandardWebhooks(given: unknown, request: SignedRequest): Verdict {
  const { secret, headerPrefix, ...options } = readOptions("standardWebhooks", schema, given);
  if (secret.length === 0) return refuse("no secret is configured");
  const keys = secret.map(readKey).filter((key) => key !== undefined);
  if (keys.length === 0) {
    return refuse("the configured secret is not base64, with or without whsec_ or whpk_ before it");
  }
  const id = readId(request, `${headerPrefix}-id`);
  if (!id.ok) return id;
  const timestampHeader = `${headerPrefix}-timestamp`;
  const timestamp = readTimestamp(request, timestampHeader, options.toleranceSeconds);
  if (!timestamp.ok) return timestamp;
  const signatures = readSignatures(request, `${headerPrefix}-signature`);
  if (!signatures.ok) return signatures;
  const head = Buffer.from(`${id.value}.${timestamp.value}.`);
  const fits = candidateBodies(request).some((body) => {
    const content = Buffer.concat([head, body]);
    return keys.some((key) => fitsAny(key, content, signatures.value));
  });
  return fits ? ACCEPTED : refuse(`no signature in ${headerPrefix}-signature matches`);
}

const readKey = memoize((text: string): Key | undefined => {
  if (text.startsWith("whpk_")) {
    const publicKey = ed25519Key(base64KeyBytes(text.slice("whpk_".length)));
    return publicKey && { version: "v1a", publicKey };
  }
  const secret = base64KeyBytes(text.replace(/^whsec_/, ""));
  return secret && { version: "v1", secret: createSecretKey(secret) };
});

/** A dot is refused: it would let one id, timestamp and body be read as another. */
function readId(request: SignedRequest, header: string): Reading<string> {
  const id = readHeader(request, header);
  if (!id.ok || /^[!-~]+$/.test(id.value.replaceAll(".", " "))) return id;
  return refuse(`the ${header} header is malformed: visible characters without dots were expected`);
}

function readSignatures(request: SignedRequest, header: string): Reading<readonly Signature[]> {
  const list = readHeader(request, header);
  if (!list.ok) return list;
  const signatures = list.value
    .split(" ", MAX_SIGNATURES)
    .map(readSignature)
    .filter((signature) => signature !== undefined);
  if (signatures.length > 0) return found(signatures);
  return refuse(`the ${header} header holds no well-formed v1 or v1a signature`);
}

/** Signatures of unknown versions are ignored, as the standard requires. */
function readSignature(text: string): Signature | undefined {
  const [, version, base64] = /^(v1|v1a),(\S+)$/.exec(text) ?? [];
  if (version === undefined || base64 === undefined) return undefined;
  const bytes = base64Bytes(base64);
  return bytes?.length === (version === "v1" ? 32 : 64) ? { version, bytes } : undefined;
}

function fitsAny(key: Key, content: Buffer, signatures: readonly Signature[]): boolean {
  const ofVersion = signatures.filter(({ version }) => version === key.version);
  if (ofVersion.length === 0) return false;
  if (key.version === "v1a") {
    return ofVersion.some(({ bytes }) => isSignedBy(null, content, key.publicKey, bytes));
  }
  const expected = createHmac("sha256", key.secret).update(content).digest();
  return ofVersion.some(({ bytes }) => sameBytes(expected, bytes));
}
