/** The parts of a multipart body as the guest gets them, whole or as an excerpt. */
import { type Buffer, isUtf8 } from "node:buffer";
import { readContentType } from "../../../model/content-type.ts";
import { parseJson } from "../../../model/parse-json.ts";
import { bytesToText } from "../../../model/text-codec.ts";
import { looksLikeJson } from "../../guest/payload.ts";
import type { FormPart } from "../../wire/form-parts.ts";
import { cutText, MAX_TEXT } from "../excerpt/cut-text.ts";
import { BUDGET, excerptJson, MAX_ITEMS } from "../excerpt/json-excerpt.ts";
import { encodingOf, toUtf8 } from "./charset.ts";
import type { Part } from "./multipart.ts";

const PAYLOAD = "payload";
const DEFAULT_FILE_TYPE = "application/octet-stream";
const MAX_POINT_BYTES = 4;
/** Always enough bytes of UTF-8 for a text in an excerpt. */
const START_BYTES = (MAX_TEXT + 1) * MAX_POINT_BYTES;

const isFile = ({ filename }: Part): boolean => filename !== undefined;

/** The bytes of a file in an excerpt are its start, like a text in an excerpt. */
export const contentOf = ({ content }: Part, isExcerpt: boolean): Buffer =>
  isExcerpt ? content.subarray(0, MAX_TEXT) : content;

export function wholeParts(parts: readonly Part[]): readonly FormPart[] {
  const labelOf = encodingLabels(parts);
  return parts.map((part) =>
    isFile(part)
      ? fileOf(part)
      : { name: part.name, text: bytesToText(fieldInUtf8(part, labelOf(part))) },
  );
}

const fileOf = ({ name, filename = "", contentType, content }: Part): FormPart => ({
  name,
  file: { filename, type: contentType ?? DEFAULT_FILE_TYPE, size: content.length },
});

/** The first parts up to a budget, their texts cut, and at most `MAX_ITEMS` of each name. Others are undefined. */
export function excerptParts(parts: readonly Part[]): readonly (FormPart | undefined)[] {
  const labelOf = encodingLabels(parts);
  const counts = new Map<string, number>();
  let remaining = BUDGET;
  return parts.map((part) => {
    const count = counts.get(part.name) ?? 0;
    if (remaining < 0 || count === MAX_ITEMS || part.name.length > MAX_TEXT) return undefined;
    counts.set(part.name, count + 1);
    const cut = isFile(part) ? fileOf(part) : cutField(part, labelOf(part));
    remaining -= JSON.stringify(cut).length;
    return remaining < 0 ? undefined : cut;
  });
}

/** The fields that may hold JSON, in UTF-8. */
export function payloadFields(parts: readonly Part[]): readonly Buffer[] {
  const labelOf = encodingLabels(parts);
  return parts
    .filter((part) => part.name === PAYLOAD && !isFile(part))
    .map((part) => fieldInUtf8(part, labelOf(part)));
}

function cutField(part: Part, label: string | undefined): FormPart {
  const { name } = part;
  const text = fieldInUtf8(part, label);
  const start = bytesToText(text.subarray(0, START_BYTES));
  const excerpt = name === PAYLOAD && looksLikeJson(start) ? excerptJson(text, 0) : undefined;
  return { name, text: excerpt ?? cutText(start) };
}

/** `label`: the declared encoding. Bytes that are not valid in a known encoding stay as they are. */
function fieldInUtf8({ content }: Part, label: string | undefined): Buffer {
  const encoding = label === undefined ? undefined : encodingOf(label);
  if (encoding === undefined || encoding === "utf-8") return content;
  return toUtf8(content, encoding) ?? content;
}

/**
 * A field may name its encoding in its own type. Otherwise a field `_charset_` or `charset` names that of all fields,
 * and a field `charsets` that of single ones, as SendGrid sends it. These two count only for bytes that are not UTF-8.
 */
function encodingLabels(parts: readonly Part[]): (part: Part) => string | undefined {
  const field = (name: string) =>
    parts
      .find((part) => part.name === name && !isFile(part))
      ?.content.toString("latin1", 0, MAX_LABELS);
  const all = field("_charset_") ?? field("charset");
  const single = labelsIn(field("charsets"));
  return (part) => {
    const { charset } = readContentType(part.contentType);
    if (charset !== undefined || (all === undefined && single.size === 0)) return charset;
    return isUtf8(part.content) ? undefined : (single.get(part.name) ?? all);
  };
}

const MAX_LABELS = 16 * 1024;

function labelsIn(json: string | undefined): ReadonlyMap<string, string> {
  try {
    const labels = parseJson(json ?? "null");
    const texts = Object.entries(Object(labels)).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return new Map(texts);
  } catch {
    return new Map();
  }
}
