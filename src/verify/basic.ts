/** HTTP basic authentication. */

import { base64Bytes } from "./encoding.ts";
import { readCredentials, sameToken } from "./header.ts";
import { liveValues, optionsOf, readOptions } from "./options.ts";
import { optional, text } from "./read-value.ts";
import { ACCEPTED, refuse, type SignedRequest, type Verdict } from "./verdict.ts";

const schema = optionsOf({
  username: (name: unknown) => (name === null ? undefined : optional(text)(name)),
  password: liveValues,
});

export function verifyBasic(given: unknown, request: SignedRequest): Verdict {
  const { username, password } = readOptions("basic", schema, given);
  if (password.length === 0) return refuse("no secret is configured");
  // Some senders use an empty name; an unset name is a mistake.
  if (typeof username !== "string") return refuse("no user name is configured");
  const credentials = readCredentials(request, "Authorization", "Basic");
  if (!credentials.ok) return credentials;
  const pair = base64Bytes(credentials.value);
  if (pair === undefined) {
    return refuse("the Authorization header is malformed: padded base64 was expected");
  }
  const fits = password
    .flatMap((live) => encodings(`${username}:${live}`))
    .some((expected) => sameToken(pair, expected));
  return fits ? ACCEPTED : refuse("the user name or the password does not match");
}

/** Clients differ in the encoding of characters outside ASCII, and a client cannot be asked for one (RFC 7617). */
const encodings = (credentials: string): readonly Buffer[] => {
  const latin1 = Buffer.from(credentials, "latin1");
  const isLatin1 = latin1.toString("latin1") === credentials;
  const utf8 = Buffer.from(credentials, "utf8");
  return isLatin1 ? [utf8, latin1] : [utf8];
};
