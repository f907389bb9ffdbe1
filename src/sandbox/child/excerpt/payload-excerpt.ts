/**
 * The excerpt that match scripts get as `event.payload` of a large body. Parsing 25 MiB takes seconds for each script
 * that reads it, and holds up matching. The excerpt is made once per message, without parsing the body.
 */
import { Buffer } from "node:buffer";
import { bytesToText } from "../../../model/text-codec.ts";
import { looksLikeJson, payloadKind } from "../../guest/payload.ts";
import { cutBytes } from "./cut-text.ts";
import { countFormValues, excerptForm } from "./form-excerpt.ts";
import { excerptJson } from "./json-excerpt.ts";
import { JsonScanner } from "./json-scanner.ts";
import { skipSpace } from "./json-tokens.ts";

/** A body up to this size, with up to this many values, is parsed whole. */
export const MAX_WHOLE_BYTES = 1024 * 1024;
export const MAX_WHOLE_VALUES = 100_000;
/**
 * A body up to this size never has too many values, so they need not be counted: the densest body is a form, with two
 * bytes per field and ten values counted per field.
 */
export const ALWAYS_WHOLE_BYTES = MAX_WHOLE_VALUES / 5;

const BYTE_ORDER_MARK = Buffer.from("\uFEFF");
/** How many bytes after the white space are enough to recognise JSON. */
const LOOKED_AT_BYTES = 1024;

export interface PayloadExcerpt {
  /** The payload, as JSON. */
  readonly json: string;
  /** Why the payload is an excerpt: "has 2097152 bytes". Undefined when it is whole after all. */
  readonly excess: string | undefined;
}

/**
 * Undefined when the guest can parse the body itself. `body` is decoded, and text in UTF-8; `contentType` is as sent.
 */
export function excerptPayload(
  body: Buffer,
  contentType: string | undefined,
): PayloadExcerpt | undefined {
  if (body.length <= ALWAYS_WHOLE_BYTES) return undefined;
  const bytes = withoutByteOrderMark(body);
  const sizeProblem = body.length > MAX_WHOLE_BYTES ? tooLarge(body) : undefined;
  switch (payloadKind(looksLikeJson(beginningOf(bytes)), contentType)) {
    case "form":
      return excerptOfForm(bytes, sizeProblem);
    case "json":
      return excerptOfJson(bytes, sizeProblem);
    case "text":
      return excerptOfText(bytes, sizeProblem);
  }
}

/** The guest drops the mark of UTF-8 before it parses. */
export function withoutByteOrderMark(body: Buffer): Buffer {
  const isMarked = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return isMarked ? body.subarray(BYTE_ORDER_MARK.length) : body;
}

/** The beginning, without white space. */
function beginningOf(bytes: Buffer): string {
  const at = skipSpace(bytes, 0);
  return bytesToText(bytes.subarray(at, at + LOOKED_AT_BYTES));
}

export const tooLarge = ({ length }: Buffer): string => `has ${length} bytes`;

export const tooManyValues = (count: number | string): string => `has ${count} values`;

function excerptOfForm(bytes: Buffer, sizeProblem: string | undefined): PayloadExcerpt | undefined {
  const hasTooManyValues =
    sizeProblem === undefined && countFormValues(bytes, MAX_WHOLE_VALUES) > MAX_WHOLE_VALUES;
  const excess = hasTooManyValues ? tooManyValues(`more than ${MAX_WHOLE_VALUES}`) : sizeProblem;
  return excess === undefined ? undefined : { json: excerptForm(bytes, MAX_WHOLE_VALUES), excess };
}

function excerptOfJson(bytes: Buffer, sizeProblem: string | undefined): PayloadExcerpt | undefined {
  const values = sizeProblem === undefined ? countJsonValues(bytes) : 0;
  if (values === undefined) return excerptAsText(bytes, undefined);
  const excess = values > MAX_WHOLE_VALUES ? tooManyValues(values) : sizeProblem;
  if (excess === undefined) return undefined;
  const json = excerptJson(bytes, 0);
  return json === undefined ? excerptAsText(bytes, sizeProblem) : { json, excess };
}

/** Undefined if the bytes are not exactly one JSON value. */
export function countJsonValues(bytes: Buffer): number | undefined {
  const scanner = new JsonScanner(bytes);
  const end = scanner.skip(skipSpace(bytes, 0));
  return end === -1 || skipSpace(bytes, end) !== bytes.length ? undefined : scanner.values;
}

/** Broken JSON: the payload is the text of the body. Cut here, since the guest would first try to parse it. */
const excerptAsText = (bytes: Buffer, sizeProblem: string | undefined): PayloadExcerpt => ({
  json: JSON.stringify(cutBytes(bytes, MAX_WHOLE_BYTES)),
  excess: sizeProblem,
});

const excerptOfText = (
  bytes: Buffer,
  sizeProblem: string | undefined,
): PayloadExcerpt | undefined =>
  sizeProblem === undefined ? undefined : excerptAsText(bytes, sizeProblem);
