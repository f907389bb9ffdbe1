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
  QUOTE,
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
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE_OBJECT) return keys;
  while (bytes[at] === QUOTE && keys.size < MAX_KEYS) {
    const end = endOfText(bytes, at + 1);
    const value = scanner.skipKey(at);
    const next = value === -1 ? -1 : scanner.skip(value);
    if (end === -1 || next === -1) return undefined;
    keys.add(JSON.parse(bytesToText(bytes.subarray(at, end))));
    const separator = skipSpace(bytes, next);
    if (bytes[separator] === CLOSE_OBJECT) return keys;
    if (bytes[separator] !== COMMA) return undefined;
    at = skipSpace(bytes, separator + 1);
  }
  return undefined;
}

/** JSON in a form field may be the whole payload, or a part of it. */
function keysOfForm(bytes: Buffer): ReadonlySet<string> | undefined {
  if (bytes.length > MAX_FORM_BYTES) return undefined;
  const keys = new Set(Object.keys(parseForm(bytesToText(bytes))));
  return keys.has("payload") ? undefined : keys;
}
