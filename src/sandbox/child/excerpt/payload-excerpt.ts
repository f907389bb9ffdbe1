/**
 * What match scripts get as `event.payload` of a body that would hold up matching: parsing 25 MiB takes seconds, once for each
 * script that asks. An excerpt is made without parsing it, once per message.
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
/** A field of a form, which counts as ten values, takes two bytes: a smaller body cannot have too many, and need not be looked at. */
export const SURELY_WHOLE_BYTES = MAX_WHOLE_VALUES / 5;

const BYTE_ORDER_MARK = Buffer.from("\uFEFF");
/** Where a body begins that looks like JSON: behind white space, of which there is little. */
const LOOKED_AT_BYTES = 1024;

export interface PayloadExcerpt {
  /** The payload, as JSON. */
  readonly json: string;
  /** What of the body is too large: "has 2097152 bytes". Undefined when the payload is whole all the same. */
  readonly excess: string | undefined;
}

/** Undefined when the guest can parse the body itself. `body` is decoded; `contentType` as sent, if it was. */
export function excerptPayload(
  body: Buffer,
  contentType: string | undefined,
): PayloadExcerpt | undefined {
  if (body.length <= SURELY_WHOLE_BYTES) return undefined;
  const isMarked = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  const bytes = isMarked ? body.subarray(BYTE_ORDER_MARK.length) : body;
  const large = body.length > MAX_WHOLE_BYTES ? `has ${body.length} bytes` : undefined;
  switch (payloadKind(looksLikeJson(startOf(bytes)), contentType)) {
    case "form":
      return ofForm(bytes, large);
    case "json":
      return ofJson(bytes, large);
    case "text":
      return ofText(bytes, large);
  }
}

/** From the first byte on that is no space. */
function startOf(bytes: Buffer): string {
  const at = skipSpace(bytes, 0);
  return bytesToText(bytes.subarray(at, at + LOOKED_AT_BYTES));
}

const tooMany = (count: string): string => `has ${count} values`;

function ofForm(bytes: Buffer, large: string | undefined): PayloadExcerpt | undefined {
  const isDense =
    large === undefined && countFormValues(bytes, MAX_WHOLE_VALUES) > MAX_WHOLE_VALUES;
  const excess = isDense ? tooMany(`more than ${MAX_WHOLE_VALUES}`) : large;
  return excess === undefined ? undefined : { json: excerptForm(bytes, MAX_WHOLE_VALUES), excess };
}

function ofJson(bytes: Buffer, large: string | undefined): PayloadExcerpt | undefined {
  const values = large === undefined ? countJsonValues(bytes) : 0;
  if (values === undefined) return ofBrokenJson(bytes, undefined);
  const excess = values > MAX_WHOLE_VALUES ? tooMany(String(values)) : large;
  if (excess === undefined) return undefined;
  const json = excerptJson(bytes, 0);
  return json === undefined ? ofBrokenJson(bytes, large) : { json, excess };
}

/** Undefined when it is not JSON. */
function countJsonValues(bytes: Buffer): number | undefined {
  const scanner = new JsonScanner(bytes);
  const end = scanner.skip(skipSpace(bytes, 0));
  return end === -1 || skipSpace(bytes, end) !== bytes.length ? undefined : scanner.values;
}

/** It is its text. The guest would first parse what there is of it. */
const ofBrokenJson = (bytes: Buffer, large: string | undefined): PayloadExcerpt => ({
  json: JSON.stringify(cutBytes(bytes, MAX_WHOLE_BYTES)),
  excess: large,
});

const ofText = (bytes: Buffer, large: string | undefined): PayloadExcerpt | undefined =>
  large === undefined ? undefined : ofBrokenJson(bytes, large);
