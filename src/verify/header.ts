/** The grammar that all signature headers share. */
import { createHash } from "node:crypto";
import { sameBytes } from "./encoding.ts";
import { found, type Reading, refuse, type SignedRequest } from "./verdict.ts";

/** The value of a header that was sent exactly once: of several, the first may not be the sender's. */
export function readHeader(request: SignedRequest, name: string): Reading<string> {
  const values = request.headers.get(name.toLowerCase()) ?? [];
  const [value] = values;
  if (value === undefined) return refuse(`the ${name} header is missing`);
  if (values.length > 1) return refuse(`the ${name} header was sent more than once`);
  return value === "" ? refuse(`the ${name} header is empty`) : found(value);
}

/** The text after the prefix. The prefix must be present, and text must follow it. */
export function readAfterPrefix(
  request: SignedRequest,
  name: string,
  prefix: string,
): Reading<string> {
  const value = readHeader(request, name);
  return value.ok ? afterPrefix(value.value, prefix, `the ${name} header`) : value;
}

/** `label` names the value in a refusal. */
export function afterPrefix(value: string, prefix: string, label: string): Reading<string> {
  if (!value.startsWith(prefix)) {
    return refuse(`${label} does not start with ${JSON.stringify(prefix)}`);
  }
  const rest = value.slice(prefix.length);
  return rest === "" ? refuse(`${label} is empty after its prefix`) : found(rest);
}

/** The credentials of an `Authorization` header. The scheme is case-insensitive. */
export function readCredentials(
  request: SignedRequest,
  name: string,
  scheme: string,
): Reading<string> {
  const value = readHeader(request, name);
  if (!value.ok) return value;
  const [given = "", credentials = "", ...more] = value.value.split(" ");
  const fits = given.toLowerCase() === scheme.toLowerCase() && credentials && more.length === 0;
  return fits ? found(credentials) : refuse(`the ${name} header is not of the form "${scheme} …"`);
}

/** Header text has one character per byte, unless it was decoded before. */
export function headerBytes(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  return bytes.toString("latin1") === value ? bytes : Buffer.from(value, "utf8");
}

/** Compares digests, so that the time reveals neither content nor length of the configured value. */
export function sameToken(given: Buffer, configured: string | Buffer): boolean {
  const digest = (data: Buffer | string) => createHash("sha256").update(data).digest();
  return sameBytes(digest(given), digest(configured));
}
