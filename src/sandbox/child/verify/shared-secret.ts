/** Secrets that are sent as they are: a token in a header, a name and password. Nothing of the body is proved. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { secretSchema } from "./hmac.ts";
import {
  decodeStrictly,
  equalBytes,
  liveSecrets,
  NO_SECRET,
  OK,
  refuse,
  type SignedRequest,
  singleHeader,
  type Verdict,
} from "./request.ts";

export const tokenSchema = z.strictObject({
  secret: secretSchema,
  header: z.string().min(1),
  prefix: z.string().default(""),
});
export const basicSchema = z.strictObject({
  username: z.string().optional(),
  password: secretSchema,
});

/** Digests have one length, so not even the length of the secret shows in the time a comparison takes. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
const isOneOf = (given: string, secrets: readonly string[]): boolean => {
  const hashed = digest(given);
  return secrets.filter((secret) => equalBytes(digest(secret), hashed)).length > 0;
};

export function verifyToken(
  { secret, header, prefix }: z.infer<typeof tokenSchema>,
  request: SignedRequest,
): Verdict {
  const secrets = liveSecrets(secret);
  if (secrets.length === 0) return NO_SECRET;
  const found = singleHeader(request, header);
  if (!("value" in found)) return found;
  if (!found.value.startsWith(prefix))
    return refuse(`header ${header} does not start with ${prefix}`);
  return isOneOf(found.value.slice(prefix.length), secrets)
    ? OK
    : refuse(`header ${header} does not hold the right token`);
}

export function verifyBasic(
  { username, password }: z.infer<typeof basicSchema>,
  request: SignedRequest,
): Verdict {
  const passwords = liveSecrets(password);
  if (passwords.length === 0 || username === undefined) return NO_SECRET;
  const found = singleHeader(request, "authorization");
  if (!("value" in found)) return found;
  const [, text] = /^basic ([^ ]+)$/i.exec(found.value) ?? [];
  const credentials =
    text === undefined ? undefined : decodeStrictly(text, "base64")?.toString("utf8");
  if (credentials === undefined)
    return refuse("header authorization is malformed: Basic credentials were expected");
  const expected = passwords.map((one) => `${username}:${one}`);
  return isOneOf(credentials, expected) ? OK : refuse("name or password is not right");
}
