/**
 * The body in UTF-8, if it is text in another encoding: then the payload is read from it as if it had been sent so.
 * A byte order mark counts more than the declared charset, which counts more than what the text says of itself. Bytes
 * that are not valid in that encoding stay as they are.
 */
import { Buffer, isUtf8 } from "node:buffer";
import { type ContentType, readContentType } from "../../../model/content-type.ts";
import { bytesToText } from "../../../model/text-codec.ts";
import { decodeFormPart } from "../../guest/form.ts";
import { FORM_TYPE, isJsonType, looksLikeJson } from "../../guest/payload.ts";
import { xmlEncoding } from "../../guest/payload-encoding.ts";
import { skipSpace } from "../excerpt/json-tokens.ts";
import { encodingOf, toUtf8 } from "./charset.ts";
import { withoutEscapes } from "./percent.ts";

/** In the order in which they are looked for: the mark of UTF-16LE is the start of that of UTF-32LE. */
const BYTE_ORDER_MARKS = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-32le", [0xff, 0xfe, 0, 0]],
  ["utf-32be", [0, 0, 0xfe, 0xff]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
] as const;
const STATEFUL = "iso-2022-jp";
const LOOKED_AT_BYTES = 1024;
/** The first characters of JSON: `[` and `{`. */
const OPENERS: readonly (number | undefined)[] = [0x5b, 0x7b];
const LESS_THAN = 0x3c;
/** The bytes that separate fields, or that decoding a field changes: `%`, `&`, `+`, `=`. */
const FORM_SYNTAX: ReadonlySet<number> = new Set([0x25, 0x26, 0x2b, 0x3d]);
const NOTHING: ReadonlySet<number> = new Set();
const TEXT_TYPE = /^$|^text\/|[/+](?:json|xml)$|^application\/x-www-form-urlencoded$/;

/** Undefined if the body is UTF-8, or is read as such. `contentType` is as sent. */
export function inUtf8(body: Buffer, contentType: string | undefined): Buffer | undefined {
  const type = readContentType(contentType);
  const [marked] =
    BYTE_ORDER_MARKS.find(([, mark]) => mark.every((byte, at) => body[at] === byte)) ?? [];
  if (marked === "utf-8") return undefined;
  if (marked !== undefined) return textOnly(toUtf8(body, marked), type);
  const unmarked = isJsonOrXml(body, type) ? encodingByZeros(body) : undefined;
  const text = unmarked === undefined ? undefined : toUtf8(body, unmarked);
  if (text !== undefined) return text;
  if (type.charset !== undefined) return asDeclared(body, type, encodingOf(type.charset));
  return type.essence === FORM_TYPE ? formAsItSays(body) : xmlAsItSays(body, type);
}

/** Binary data may start with a byte order mark. */
function textOnly(text: Buffer | undefined, { essence }: ContentType): Buffer | undefined {
  if (text === undefined || TEXT_TYPE.test(essence)) return text;
  return OPENERS.includes(text[skipSpace(text, 0)]) ? text : undefined;
}

/** By its type or its first character; text whose sender declares UTF-16 counts too. */
function isJsonOrXml(
  [first, second]: Iterable<number>,
  { essence, charset }: ContentType,
): boolean {
  if (isJsonType(essence) || OPENERS.includes(first || second)) return true;
  if ((first || second) === LESS_THAN && TEXT_TYPE.test(essence)) return true;
  return charset !== undefined && encodingOf(charset)?.startsWith("utf-16") === true;
}

/** JSON and XML start with an ASCII character, so the zeros beside it tell UTF-16 and UTF-32. */
function encodingByZeros([a, b, c, d]: Iterable<number>): string | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a !== 0 && b === 0) return c === 0 && d === 0 ? "utf-32le" : "utf-16le";
  if (a !== 0) return undefined;
  if (b !== 0) return "utf-16be";
  return c === 0 && d !== undefined ? "utf-32be" : undefined;
}

function asDeclared(
  body: Buffer,
  { essence }: ContentType,
  encoding: string | undefined,
): Buffer | undefined {
  if (encoding === undefined || encoding === "utf-8") return undefined;
  const isUtf16 = encoding.startsWith("utf-16");
  // Some senders declare UTF-16 for text that they send in UTF-8.
  if (isUtf16 && isUtf8(body) && !body.includes(0)) return undefined;
  // JSON is UTF-8 by its own standard, so a wrong charset must not change it.
  if (isJson(body, essence) && isUtf8(body) && encoding !== STATEFUL) return undefined;
  return essence === FORM_TYPE && !isUtf16 ? formInUtf8(body, encoding) : toUtf8(body, encoding);
}

const isJson = (body: Buffer, essence: string): boolean =>
  isJsonType(essence) || OPENERS.includes(body[skipSpace(body, 0)]);

/** Escapes stand for bytes of the encoding. Text of ISO-2022-JP may have bytes that look like separators. */
function formInUtf8(body: Buffer, encoding: string): Buffer | undefined {
  const text =
    encoding === STATEFUL ? undefined : toUtf8(withoutEscapes(body, FORM_SYNTAX), encoding);
  return text !== undefined && startsLikeJson(text) && !startsLikeJson(body)
    ? withOpenerEscaped(text)
    : text;
}

const startsLikeJson = (body: Buffer): boolean =>
  looksLikeJson(bytesToText(body.subarray(0, LOOKED_AT_BYTES)));

/** A form whose first name begins with an escaped bracket is no JSON: `%5Ba%5D=1`. */
function withOpenerEscaped(form: Buffer): Buffer {
  const at = form.findIndex((byte) => OPENERS.includes(byte));
  const escaped = Buffer.from(encodeURIComponent(String.fromCharCode(form[at] ?? 0)));
  return Buffer.concat([form.subarray(0, at), escaped, form.subarray(at + 1)]);
}

/** PayPal names the encoding in a field `charset`, browsers in `_charset_`. It may also be an ordinary field. */
function formAsItSays(body: Buffer): Buffer | undefined {
  const label = fieldValue(body, "charset=") ?? fieldValue(body, "_charset_=");
  const encoding = label === undefined ? undefined : encodingOf(label);
  if (encoding === undefined || encoding.startsWith("utf-")) return undefined;
  return isUtf8(withoutEscapes(body, NOTHING)) ? undefined : formInUtf8(body, encoding);
}

function fieldValue(body: Buffer, start: string): string | undefined {
  const at = body.indexOf(`&${start}`) + 1;
  if (at === 0 && !body.subarray(0, start.length).equals(Buffer.from(start))) return undefined;
  const [value = ""] = body
    .toString("latin1", at + start.length, at + start.length + LOOKED_AT_BYTES)
    .split("&", 1);
  return decodeFormPart(value);
}

function xmlAsItSays(body: Buffer, type: ContentType): Buffer | undefined {
  const label = xmlEncoding(body.toString("latin1", 0, LOOKED_AT_BYTES));
  const encoding = label === undefined ? undefined : encodingOf(label);
  return encoding?.startsWith("utf-16") === true ? undefined : asDeclared(body, type, encoding);
}
