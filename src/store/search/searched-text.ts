/** The searched text of a message, built the same way for indexing and for checking. */
import { codingsOf } from "../../decoding/codings.ts";
import { decodeNow } from "../../decoding/decode.ts";
import type { HeaderList } from "../../model/message.ts";
import { isSensitiveHeader } from "../../model/sensitive-headers.ts";

/** Bytes read of a body at most, and bytes of its text that are searched. */
export const MAX_READ_BYTES = 256 * 1024;
const MAX_TEXT_BYTES = 64 * 1024;
/** Limit for a body that is stored deflated or has a content encoding. */
const MAX_UNPACKED_BYTES = 4 * 1024 * 1024;
/** A body with a zero byte this early is not text. */
const SNIFFED_BYTES = 8192;

const NO_EXTRA_NAMES: ReadonlySet<string> = new Set();

/** The form in which texts and search terms are compared: lower case. */
export const folded = (text: string): string => text.toLowerCase();

/**
 * Headers as `name: value` lines, and the beginning of the body if it is text; `headers` is the JSON of a `HeaderList`.
 */
export function searchedText(headers: string, body: Buffer): string {
  const list: HeaderList = JSON.parse(headers);
  let text = "";
  let encoding: string | undefined;
  for (const [name, value] of list) {
    text += isSensitiveHeader(name, NO_EXTRA_NAMES) ? `${name}:\n` : `${name}: ${value}\n`;
    if (name.toLowerCase() === "content-encoding")
      encoding = encoding === undefined ? value : `${encoding}, ${value}`;
  }
  return folded(text + bodyText(body, encoding));
}

/** Whether a search for `sought` finds the message. */
export const holdsText = (headers: string, body: Buffer, sought: string): boolean =>
  searchedText(headers, body.subarray(0, MAX_READ_BYTES)).includes(folded(sought));

function bodyText(body: Buffer, encoding: string | undefined): string {
  const bytes = decoded(body, encoding);
  if (bytes.subarray(0, SNIFFED_BYTES).includes(0)) return "";
  return bytes.toString("utf8", 0, MAX_TEXT_BYTES);
}

/** Returns the body unchanged when it cannot be decoded: it will hardly look like text then. */
function decoded(body: Buffer, encoding: string | undefined): Buffer {
  const codings = encoding === undefined ? [] : codingsOf(encoding);
  if (typeof codings === "string") return body;
  return decodeNow(body, codings, MAX_UNPACKED_BYTES) ?? body;
}
