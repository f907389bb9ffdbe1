/** A shared secret sent as it is. It says who sent the request, nothing about its content. */
import { z } from "zod";
import { headerBytes, readAfterPrefix, sameToken } from "./header.ts";
import { headerName, liveValues, optionsOf, readOptions } from "./options.ts";
import { ACCEPTED, refuse, type SignedRequest, type Verdict } from "./verdict.ts";

const schema = optionsOf({
  secret: liveValues,
  header: headerName,
  prefix: z.string().default(""),
});

export function verifyToken(given: unknown, request: SignedRequest): Verdict {
  const { secret, header, prefix } = readOptions("token", schema, given);
  if (secret.length === 0) return refuse("no secret is configured");
  const text = readAfterPrefix(request, header, prefix);
  if (!text.ok) return text;
  const bytes = headerBytes(text.value);
  const fits = secret.some((live) => sameToken(bytes, live));
  return fits ? ACCEPTED : refuse(`the token in ${header} does not match`);
}
