/** Reads the JSON body of a call. Depth and number of values are counted in the text before it is parsed. */
import type { Request } from "express";
import { HookyardError } from "../errors.ts";
import { parseJson } from "../model/parse-json.ts";
import { endOfString, type JsonPath, keepText } from "./json-text.ts";

/** Code that checks and serialises values recurses once per level. */
export const MAX_DEPTH = 200;
/** A parsed value takes some twenty times the memory of its text: an array of fifty million zeros is a gigabyte. */
export const MAX_VALUES = 1_000_000;

const QUOTE = 0x22;
/** By character code: the change in depth, and the number of values it adds. */
const DEPTH_CHANGE = new Int8Array(128);
const VALUES_ADDED = new Int8Array(128);
for (const opening of "[{") DEPTH_CHANGE[opening.charCodeAt(0)] = 1;
for (const closing of "]}") DEPTH_CHANGE[closing.charCodeAt(0)] = -1;
for (const one of "[{,") VALUES_ADDED[one.charCodeAt(0)] = 1;

/**
 * Undefined without a body. `textAt`: paths whose values are kept as text. Throws `bad_request`,
 * `unsupported_media_type` or `invalid_message`.
 */
export function jsonBody(request: Request, textAt: readonly JsonPath[] = []): unknown {
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return undefined;
  const text = textOf(bytes, request);
  assertBounded(text);
  return textAt.reduce((value, path) => keepText(value, text, path), parsed(text));
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    // The error of JSON.parse quotes the text, which may hold a secret.
    throw unreadable("its body is not JSON", cause);
  }
}

function textOf(bytes: Buffer, request: Request): string {
  const charset = /;\s*charset="?([\w-]+)/i.exec(request.get("content-type") ?? "")?.[1] ?? "utf-8";
  if (!/^utf-?(?:8|16|16le|16be)$/i.test(charset)) {
    const detail = `the body has the charset ${JSON.stringify(charset.slice(0, 40))}; expected JSON in UTF-8, as it is or encoded with gzip, deflate or br`;
    throw new HookyardError("unsupported_media_type", detail);
  }
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(`its body is not text in ${charset.toUpperCase()}`, cause);
  }
}

/** Throws `invalid_message` for JSON that is nested too deeply or has too many values. */
export function assertBounded(text: string): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    depth += DEPTH_CHANGE[code] ?? 0;
    values += VALUES_ADDED[code] ?? 0;
    if (depth > MAX_DEPTH) throw tooMuch(`is nested more than ${MAX_DEPTH} levels deep`);
    if (values > MAX_VALUES) throw tooMuch(`has more than ${MAX_VALUES} values`);
  }
}

const tooMuch = (found: string) =>
  new HookyardError(
    "invalid_message",
    `the JSON of the request ${found}: send the body of a message as text (a JSON string), which has no such limits`,
  );

const unreadable = (why: string, cause: unknown) =>
  new HookyardError("bad_request", `the request cannot be read: ${why}`, { cause });
