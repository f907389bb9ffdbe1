/** A shared secret that is sent as plain text. It proves the sender, not the content. */
import { textToBytes } from "../model/text-codec.ts";
import { headerBytes, readAfterPrefix, sameToken } from "./header.ts";
import { headerName, liveValues, optionsOf, readOptions } from "./options.ts";
import { anything, optional, orElse, type Read, text } from "./read-value.ts";
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
  header: optional(headerName),
  value: anything,
  prefix: orElse(text, ""),
});
type Options = Read<typeof schema>;

export function verifyToken(given: unknown, request: SignedRequest): Verdict {
  const options = readOptions("token", schema, given);
  if ((options.header === undefined) === (options.value === undefined)) {
    throw new TypeError("ctx.verify.token: either header or value was expected");
  }
  if (options.secret.length === 0) return refuse("no secret is configured");
  const sent = readSent(options, request);
  if (!sent.ok) return sent;
  const fits = options.secret.some((live) => sameToken(sent.value, live));
  return fits ? ACCEPTED : refuse(`${nameOf(options)} does not match`);
}

const nameOf = ({ header }: Options) =>
  header === undefined ? "the token" : `the token in ${header}`;

function readSent({ header, value, prefix }: Options, request: SignedRequest): Reading<Buffer> {
  if (header !== undefined) {
    const text = readAfterPrefix(request, header, prefix);
    return text.ok ? found(headerBytes(text.value)) : text;
  }
  // A query parameter that was sent several times is a list.
  if (Array.isArray(value)) return refuse("the token was sent more than once");
  if (typeof value !== "string" || value === "") return refuse("the token is missing");
  if (!value.startsWith(prefix)) {
    return refuse(`the token does not start with ${JSON.stringify(prefix)}`);
  }
  return found(textToBytes(value.slice(prefix.length)));
}
