/**
 * Signs a sample again for another body, as its sender would, with `node:crypto` and from the sender's documents.
 * Shares no code with verification.
 */
import {
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  sign as signWith,
} from "node:crypto";
import { HookyardError } from "../errors.ts";
import type { PropertyValues, Sample, SampleRequest, Signing } from "./sample.ts";

export interface Resigned {
  readonly request: SampleRequest;
  /** For a sender with a public key these are new: the private key of the sample is not known. */
  readonly properties: PropertyValues;
}

/** One key pair per algorithm, created at first use. */
const pairs = new Map<string, { readonly publicKey: KeyObject; readonly privateKey: KeyObject }>();

export function keyPair(algorithm: "ed25519" | "p256") {
  const existing = pairs.get(algorithm);
  if (existing !== undefined) return existing;
  const pair =
    algorithm === "ed25519"
      ? generateKeyPairSync("ed25519")
      : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  pairs.set(algorithm, pair);
  return pair;
}

/** Throws when the sample has no `signing`. */
export function resign(sample: Sample, body: Buffer): Resigned {
  const { proof } = sample;
  if (proof?.signing === undefined || proof.header === undefined)
    throw new HookyardError("bad_configuration", `${sample.name} does not say how it is signed`);
  const { header, signing, secret } = proof;
  const request = { ...sample.request, body };
  const { signature, properties } = signatureOf({ ...sample, request }, signing, secret);
  const value = signing.value
    .replace("{time}", () => timeOf(request))
    .replace("{signature}", () => signature);
  const others = request.headers.filter(([name]) => name !== header && name !== proof.fallback);
  return { request: { ...request, headers: [...others, [header, value]] }, properties };
}

function signatureOf(sample: Sample, signing: Signing, secret: string) {
  const { algorithm, encoding, content } = signing;
  const { properties } = sample;
  if (algorithm === "HS256")
    return { properties, signature: token(sample.request, signing, textOf(properties[secret])) };
  const pieces = piecesOf(content, sample);
  if (algorithm === "ed25519" || algorithm === "p256") {
    const { privateKey, publicKey } = keyPair(algorithm);
    const hash = algorithm === "p256" ? "sha256" : null;
    const signature = signWith(hash, Buffer.concat(pieces), privateKey).toString(encoding);
    const der = publicKey.export({ format: "der", type: "spki" });
    const encoded =
      algorithm === "p256" ? der.toString("base64") : der.subarray(-32).toString("hex");
    return { signature, properties: { ...properties, [secret]: encoded } };
  }
  const hmac = createHmac(algorithm, keyOf(signing, textOf(properties[secret])));
  for (const piece of pieces) hmac.update(piece);
  return { properties, signature: hmac.digest(encoding) };
}

export const textOf = (value: PropertyValues[string] | undefined) => [value ?? ""].flat()[0] ?? "";

export function keyOf({ key }: Signing, secret: string): Buffer {
  return key === "whsec"
    ? Buffer.from(secret.replace("whsec_", ""), "base64")
    : Buffer.from(secret, key ?? "utf8");
}

const hexOf = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, "0");

const timeOf = ({ receivedAt }: SampleRequest) => `${Math.floor(receivedAt / 1000)}`;

/** Not concatenated, because a body may be large. */
export function piecesOf(content: string, sample: Sample): readonly Buffer[] {
  return content
    .split(/(\{[^{}]+\})/)
    .map((part) => (part.startsWith("{") ? piece(part, sample) : Buffer.from(part)));
}

function piece(placeholder: string, { request, properties }: Sample): Buffer {
  const [kind = "", name = ""] = placeholder.slice(1, -1).split(":");
  const { publicUrl = "", uri, query } = request;
  const body = Buffer.from(request.body);
  switch (kind) {
    case "body":
      return body;
    case "asciiBody":
      return Buffer.from(
        body
          .toString()
          .split("")
          .map((unit) => (unit < "\x80" ? unit : `\\u${hexOf(unit)}`))
          .join(""),
      );
    case "time":
      return Buffer.from(timeOf(request));
    case "header":
      return Buffer.from(request.headers.find(([key]) => key === name)?.[1] ?? "");
    case "field":
      return Buffer.from(new URLSearchParams(body.toString()).get(name) ?? "");
    case "form":
      return Buffer.from(
        [...new URLSearchParams(body.toString())]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .flat()
          .join(""),
      );
    default: {
      const address = `${publicUrl}/webhooks/v1/${uri}${query === "" ? "" : `?${query}`}`;
      return Buffer.from(textOf(properties["url"]) || address);
    }
  }
}

function token({ body, receivedAt }: SampleRequest, { claims }: Signing, secret: string): string {
  const values: Readonly<Record<string, unknown>> = {
    "{bodyHash}": createHash("sha256").update(body).digest("hex"),
    "{soon}": Math.floor(receivedAt / 1000) + 60,
  };
  const filled = Object.entries(claims ?? {}).map(([name, value]) => [
    name,
    typeof value === "string" ? (values[value] ?? value) : value,
  ]);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(Object.fromEntries(filled))}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}
