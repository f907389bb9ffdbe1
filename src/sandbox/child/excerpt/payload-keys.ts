/** The keys of a payload, found without parsing it: a `when` may name keys, and is checked before its script runs. */
import type { Buffer } from "node:buffer";
import { essenceOf } from "../../../model/content-type.ts";
import { bytesToText } from "../../../model/text-codec.ts";
import { parseForm } from "../../guest/form.ts";
import { MULTIPART_TYPE, payloadKind } from "../../guest/payload.ts";
import { inUtf8 } from "../payload/in-utf8.ts";
import { JsonScanner } from "./json-scanner.ts";
import {
  CLOSE_OBJECT,
  COMMA,
  endOfText,
  OPEN_LIST,
  OPEN_OBJECT,
  skipSpace,
} from "./json-tokens.ts";
import { withoutByteOrderMark } from "./payload-excerpt.ts";

/** Reading a larger body takes longer than the scripts whose `when` names keys. */
const MAX_BYTES = 1024 * 1024;
/** A form is parsed, which takes much longer than scanning JSON. */
const MAX_FORM_BYTES = 64 * 1024;
const MAX_KEYS = 1000;

const NONE: ReadonlySet<string> = new Set();

/**
 * The keys of the object that `event.payload` is; none if it is anything else. Undefined if only a parse can tell: then
 * the script runs. `body` is decoded; `contentType` is as sent.
 */
export function payloadKeys(body: Buffer, contentType = ""): ReadonlySet<string> | undefined {
  // The size is checked first: converting a large body to UTF-8 takes seconds.
  if (body.length > MAX_BYTES || essenceOf(contentType) === MULTIPART_TYPE) return undefined;
  const bytes = withoutByteOrderMark(inUtf8(body, contentType) ?? body);
  const start = skipSpace(bytes, 0);
  const first = bytes[start];
  if (first === undefined || first === OPEN_LIST) return NONE;
  if (first === OPEN_OBJECT) return keysOfJson(bytes, start);
  return payloadKind(false, contentType) === "form" ? keysOfForm(bytes) : NONE;
}

function keysOfJson(bytes: Buffer, start: number): ReadonlySet<string> | undefined {
  const scanner = new JsonScanner(bytes);
  const keys = new Set<string>();
  const first = skipSpace(bytes, start + 1);
  if (bytes[first] === CLOSE_OBJECT) return keysUpTo(first, bytes, keys);
  let member = memberAt(bytes, first, scanner);
  while (member !== undefined && keys.size < MAX_KEYS) {
    const { key, end } = member;
    keys.add(key);
    if (bytes[end] === CLOSE_OBJECT) return keysUpTo(end, bytes, keys);
    member = bytes[end] === COMMA ? memberAt(bytes, skipSpace(bytes, end + 1), scanner) : undefined;
  }
  return undefined;
}

/** Undefined if anything follows the closing brace at `end`: then the body is no JSON. */
const keysUpTo = (end: number, bytes: Buffer, keys: ReadonlySet<string>) =>
  skipSpace(bytes, end + 1) === bytes.length ? keys : undefined;

/** `end`: the first position behind the member that is not white space. Undefined if it is not JSON. */
function memberAt(bytes: Buffer, at: number, scanner: JsonScanner) {
  const value = scanner.skipKey(at);
  const end = value === -1 ? -1 : scanner.skip(value);
  if (end === -1) return undefined;
  const key: unknown = JSON.parse(bytesToText(bytes.subarray(at, endOfText(bytes, at + 1))));
  return { key: String(key), end: skipSpace(bytes, end) };
}

/** JSON in a form field may be the whole payload, or a part of it. */
function keysOfForm(bytes: Buffer): ReadonlySet<string> | undefined {
  if (bytes.length > MAX_FORM_BYTES) return undefined;
  const keys = new Set(Object.keys(parseForm(bytesToText(bytes))));
  return keys.has("payload") ? undefined : keys;
}
