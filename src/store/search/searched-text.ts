/** What a search looks at: one text of each message, made in the same way when it is indexed and when it is looked at. */
import { codingsOf } from "../../decoding/codings.ts";
import { decodeNow } from "../../decoding/decode.ts";
import type { HeaderList } from "../../model/message.ts";
import { isSensitiveHeader } from "../../model/sensitive-headers.ts";

/** What is read of a body at most, and what of its text is searched. */
export const MAX_READ_BYTES = 256 * 1024;
const MAX_TEXT_BYTES = 64 * 1024;
/** Of a body that is packed. */
const MAX_UNPACKED_BYTES = 4 * 1024 * 1024;
/** Bytes that hold a zero this early are no text. */
const LOOKED_AT_BYTES = 8192;

const NO_OTHERS: ReadonlySet<string> = new Set();

/** The form in which texts and what is searched for are compared: letter case ignored. */
export const folded = (text: string): string => text.toLowerCase();

/** Headers as `name: value`, one a line, and the beginning of the body when it is text; `headers` is the JSON of a `HeaderList`. */
export function searchedText(headers: string, body: Buffer): string {
  const list: HeaderList = JSON.parse(headers);
  let text = "";
  let encoding: string | undefined;
  for (const [name, value] of list) {
    text += isSensitiveHeader(name, NO_OTHERS) ? `${name}:\n` : `${name}: ${value}\n`;
    if (name.toLowerCase() === "content-encoding")
      encoding = encoding === undefined ? value : `${encoding}, ${value}`;
  }
  return folded(text + bodyText(body, encoding));
}

/** Whether `sought` is in it, as a search finds it. */
export const holdsText = (headers: string, body: Buffer, sought: string): boolean =>
  searchedText(headers, body.subarray(0, MAX_READ_BYTES)).includes(folded(sought));

function bodyText(body: Buffer, encoding: string | undefined): string {
  const bytes = unpacked(body, encoding);
  if (bytes.subarray(0, LOOKED_AT_BYTES).includes(0)) return "";
  return bytes.toString("utf8", 0, MAX_TEXT_BYTES);
}

/** As it is when it cannot be unpacked: then it will hardly look like text. */
function unpacked(body: Buffer, encoding: string | undefined): Buffer {
  const codings = encoding === undefined ? [] : codingsOf(encoding);
  if (typeof codings === "string") return body;
  return decodeNow(body, codings, MAX_UNPACKED_BYTES) ?? body;
}
