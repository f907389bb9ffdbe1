/** Checks parts of a message that an API caller writes: only what a sender could have sent is allowed. */
import { HookyardError } from "../errors.ts";
import type { HeaderList } from "../model/message.ts";
import { JsonText } from "./json-text.ts";

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
/** Characters that HTTP forbids in values: control characters except tab, and anything above U+00FF. */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
/** Characters that a server never sees in a URL: control characters and unpaired surrogates. */
const NOT_IN_TARGET = /[\p{Cc}\p{Cs}]/u;
/** The server's own limits for senders. */
const MAX_HEADER_CHARACTERS = 64 * 1024;
const MAX_TARGET_CHARACTERS = 16 * 1024;

const invalid = (detail: string) => new HookyardError("invalid_message", detail);

/** Throws `invalid_message`, which names the header. `where` is the path of the headers in the request. */
export function assertHeaders(headers: HeaderList, where: string): void {
  let characters = 0;
  for (const [name, value] of headers) {
    if (!HEADER_NAME.test(name)) {
      const detail = `${where}: found the header name ${quoted(name)}, expected letters, digits and dashes`;
      throw invalid(detail);
    }
    const wrong = NOT_IN_VALUE.exec(value);
    if (wrong !== null) {
      const detail = `${where}: the value of ${quoted(name)} has ${codePoint(value, wrong.index)} at character ${wrong.index + 1}; expected no line ends, no control characters, and none beyond U+00FF: leave it out, or encode it`;
      throw invalid(detail);
    }
    characters += name.length + value.length;
  }
  if (characters <= MAX_HEADER_CHARACTERS) return;
  throw invalid(
    `${where}: found ${characters} characters of headers, expected at most ${MAX_HEADER_CHARACTERS}`,
  );
}

/** Checks a URI or a query. Throws `invalid_message`. */
export function assertTarget(text: string, where: string): void {
  const wrong = NOT_IN_TARGET.exec(text);
  if (wrong !== null) {
    const found = codePoint(text, wrong.index);
    throw invalid(`${where}: found ${found} at character ${wrong.index + 1}: encode it, as in %0A`);
  }
  if (text.length <= MAX_TARGET_CHARACTERS) return;
  const detail = `${where}: found ${text.length} characters, expected at most ${MAX_TARGET_CHARACTERS}`;
  throw invalid(detail);
}

/**
 * The bytes of a body: text as it is, JSON as it was written, anything else as JSON. Throws `invalid_message` for text
 * that UTF-8 cannot encode.
 */
export function bodyBytes(body: unknown, where: string, maxBytes = Number.MAX_VALUE): Buffer {
  const text = textOf(body);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes)
    throw invalid(
      `${where}: found ${bytes} bytes, expected at most ${maxBytes}, which is the limit for senders too`,
    );
  if (text.isWellFormed()) return Buffer.from(text);
  const at = /\p{Cs}/u.exec(text)?.index ?? 0;
  throw invalid(
    `${where}: found ${codePoint(text, at)} at character ${at + 1}, which is half a character and has no bytes in UTF-8: send the whole character`,
  );
}

function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  return body instanceof JsonText ? body.text : JSON.stringify(body);
}

const quoted = (name: string) => JSON.stringify(name.slice(0, 100));

const codePoint = (text: string, at: number) =>
  `U+${text.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0")}`;
