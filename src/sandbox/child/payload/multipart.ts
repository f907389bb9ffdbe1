/**
 * Splits `multipart/form-data` into its parts, in one pass and without a copy of their contents. Grammar: RFC 7578,
 * with the escapes in names that browsers and curl write, and line ends without a carriage return.
 */
import { Buffer } from "node:buffer";
import { essenceOf, readParameters } from "../../../model/content-type.ts";
import { bytesToText } from "../../../model/text-codec.ts";
import { encodingOf, toUtf8 } from "./charset.ts";

/** A part counts as ten values, so that a body with more parts would have too many values; see `MAX_WHOLE_VALUES`. */
export const MAX_PARTS = 10_000;
const MAX_HEAD_BYTES = 16 * 1024;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const CRLF = "\r\n";

export interface Part {
  readonly name: string;
  /** Undefined for a field. */
  readonly filename: string | undefined;
  /** As sent. */
  readonly contentType: string | undefined;
  readonly content: Buffer;
}

/** Undefined if the body is broken, or has more than `MAX_PARTS` parts. */
export function splitMultipart(
  body: Buffer,
  boundary: string | undefined,
): readonly Part[] | undefined {
  if (boundary === undefined || boundary === "") return undefined;
  const lines = new DelimiterLines(body, boundary);
  const parts: Part[] = [];
  let line = lines.next(0);
  while (line !== undefined && !line.isLast) {
    const next = lines.next(line.end);
    const part = next && readPart(body.subarray(line.end, next.start), lines.lineEnd);
    if (next === undefined || part === undefined || parts.length === MAX_PARTS) return undefined;
    parts.push(part);
    line = next;
  }
  return line === undefined ? undefined : parts;
}

interface DelimiterLine {
  /** Where the line break before the line starts, which belongs to it. */
  readonly start: number;
  readonly end: number;
  readonly isLast: boolean;
}

class DelimiterLines {
  readonly #body: Buffer;
  readonly #delimiter: Buffer;
  /** As spelled in the first delimiter line. */
  lineEnd = CRLF;
  #isFirst = true;

  constructor(body: Buffer, boundary: string) {
    this.#body = body;
    this.#delimiter = Buffer.from(`--${boundary}`);
  }

  /** The next delimiter that starts at `from` or later. */
  next(from: number): DelimiterLine | undefined {
    for (let at = this.#find(from); at !== -1; at = this.#find(this.#lineAfter(at))) {
      const line = this.#lineAt(at, from);
      if (line !== undefined) return line;
    }
    return undefined;
  }

  #find(from: number): number {
    return this.#body.indexOf(this.#delimiter, from);
  }

  /** A delimiter must be at the start of a line. Without this check a line of dashes takes a step for each of them. */
  #lineAfter(at: number): number {
    const lineFeed = this.#body.indexOf(LINE_FEED, at);
    return lineFeed === -1 ? this.#body.length : lineFeed + 1;
  }

  #lineAt(at: number, from: number): DelimiterLine | undefined {
    const start = this.#lineBreakBefore(at, from);
    if (start === -1) return undefined;
    let end = at + this.#delimiter.length;
    const isLast = this.#isAt("--", end);
    if (isLast) end += 2;
    while (this.#body[end] === SPACE || this.#body[end] === TAB) end += 1;
    if (isLast && end === this.#body.length) return { start, end, isLast };
    if (this.#isFirst && this.#body[end] === LINE_FEED) this.lineEnd = "\n";
    if (!this.#isAt(this.lineEnd, end)) return undefined;
    this.#isFirst = false;
    return { start, end: end + this.lineEnd.length, isLast };
  }

  /** -1 if `at` is not the start of a line. A part without content has one line break for two lines. */
  #lineBreakBefore(at: number, from: number): number {
    if (at === from) return at;
    const start = at - this.lineEnd.length;
    if (this.#isFirst) return this.#body[at - 1] === LINE_FEED ? at : -1;
    return start >= from && this.#isAt(this.lineEnd, start) ? start : -1;
  }

  #isAt(text: string, at: number): boolean {
    for (let index = 0; index < text.length; index++)
      if (this.#body[at + index] !== text.charCodeAt(index)) return false;
    return true;
  }
}

/** `bytes`: the head of the part, an empty line, and the content. */
function readPart(bytes: Buffer, lineEnd: string): Part | undefined {
  const emptyLine = lineEnd + lineEnd;
  const headEnd = bytes.subarray(0, MAX_HEAD_BYTES).indexOf(emptyLine);
  if (headEnd === -1) return undefined;
  const headers = readHead(bytesToText(bytes.subarray(0, headEnd)));
  const disposition = headers.get("content-disposition") ?? "";
  const parameters = readParameters(disposition);
  const name = parameterText(parameters, "name");
  if (essenceOf(disposition) !== "form-data" || name === undefined) return undefined;
  const content = bytes.subarray(headEnd + emptyLine.length);
  const isBase64 = headers.get("content-transfer-encoding")?.toLowerCase() === "base64";
  return {
    name,
    filename: parameterText(parameters, "filename"),
    contentType: headers.get("content-type"),
    content: isBase64 ? Buffer.from(content.toString("latin1"), "base64") : content,
  };
}

function readHead(head: string): ReadonlyMap<string, string> {
  const unfolded = head.replace(/\r?\n[ \t]+/g, " ");
  return new Map(
    unfolded.split(/\r?\n/).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** `name*` has a charset and escapes, and counts more than `name`, which may then be a copy in ASCII. */
function parameterText(parameters: ReadonlyMap<string, string>, name: string): string | undefined {
  const plain = parameters.get(name);
  const extended = extendedText(parameters.get(`${name}*`));
  return extended ?? plain?.replace(/\\(["\\])/g, "$1").replace(/%(?:22|0d|0a)/gi, decodeEscape);
}

const decodeEscape = (escaped: string): string => decodeURIComponent(escaped);

/** RFC 8187: `UTF-8''na%C3%AFve.txt`. */
function extendedText(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [, label = "", escaped = ""] = /^([^']*)'[^']*'(.*)$/s.exec(value) ?? [];
  const encoding = encodingOf(label);
  if (encoding === undefined) return undefined;
  const bytes = escaped.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return toUtf8(Buffer.from(bytes, "latin1"), encoding)?.toString();
}
