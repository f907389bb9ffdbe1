/**
 * The excerpt of a large form: the first fields, and the start of each value. JSON in a field named `payload` is
 * excerpted as JSON, as the guest parses it. At most `maxFields` fields are read.
 */
import { Buffer, isUtf8 } from "node:buffer";
import { bytesToText, textToBytes } from "../../../model/text-codec.ts";
import { decodeFormPart } from "../../guest/form.ts";
import { looksLikeJson } from "../../guest/payload.ts";
import { withoutEscapes } from "../payload/percent.ts";
import { cutText, MAX_TEXT } from "./cut-text.ts";
import { BUDGET, excerptJson, MAX_ITEMS } from "./json-excerpt.ts";
import { JsonScanner } from "./json-scanner.ts";

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PLUS = 0x2b;
const SPACE = 0x20;
/** The most bytes that one code unit takes in a form: `%E2%82%AC`. */
const MAX_UNIT_BYTES = 9;
/** The most bytes that one code point takes. */
const MAX_POINT_BYTES = 12;
/** Encoded bytes to decode, always enough for a name or value in an excerpt. */
const START_BYTES = (MAX_TEXT + 1) * MAX_UNIT_BYTES + MAX_POINT_BYTES;
const PAYLOAD = "payload";
const MAX_PAYLOAD_NAME_BYTES = 3 * PAYLOAD.length;
const NOTHING: ReadonlySet<number> = new Set();

interface Field {
  readonly name: Buffer;
  readonly value: Buffer;
}

/** The fields, still encoded. Empty fields are skipped. */
function* fieldsOf(bytes: Buffer): Generator<Field, void> {
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(AMPERSAND, at);
    const end = found === -1 ? bytes.length : found;
    const field = bytes.subarray(at, end);
    at = end + 1;
    if (field.length === 0) continue;
    const cut = field.indexOf(EQUALS);
    const nameEnd = cut === -1 ? field.length : cut;
    yield { name: field.subarray(0, nameEnd), value: field.subarray(nameEnd + 1) };
  }
}

/** Decoding a field takes as long as creating this many JSON values. */
const FIELD_VALUES = 10;

/**
 * How many values the parsed form would have, including JSON in `payload`. Each field counts as `FIELD_VALUES`.
 * Counting stops above `max`.
 */
export function countFormValues(bytes: Buffer, max: number): number {
  let count = 0;
  for (const { name, value } of fieldsOf(bytes)) {
    count += FIELD_VALUES;
    if (count > max) break;
    const json = isPayload(name) ? jsonIn(value) : undefined;
    if (json === undefined) continue;
    const scanner = new JsonScanner(json);
    scanner.skip(0);
    count += scanner.values;
  }
  return count;
}

const isPayload = (name: Buffer): boolean =>
  name.length >= PAYLOAD.length &&
  name.length <= MAX_PAYLOAD_NAME_BYTES &&
  decodeStart(name) === PAYLOAD;

export function excerptForm(bytes: Buffer, maxFields: number): string {
  const excerpt = new FormExcerpt();
  let fields = 0;
  for (const field of fieldsOf(bytes)) {
    fields += 1;
    if (fields > maxFields || !excerpt.add(field)) break;
  }
  return excerpt.json();
}

class FormExcerpt {
  readonly #fields = new Map<string, string | string[]>();
  #remaining = BUDGET;
  /** The encoded value of `payload`, if exactly one field has that name. */
  #payload: Buffer | undefined;

  /** False when the excerpt is full. */
  add(field: Field): boolean {
    const name = decodeStart(field.name);
    // A cut name would be a different field, so the field is skipped.
    if (name.length > MAX_TEXT) return true;
    const before = this.#fields.get(name);
    if (Array.isArray(before) && before.length === MAX_ITEMS) return true;
    const value = cutText(decodeStart(field.value));
    this.#remaining -= name.length + value.length + 1;
    if (this.#remaining < 0) return false;
    if (Array.isArray(before)) before.push(value);
    else this.#fields.set(name, before === undefined ? value : [before, value]);
    if (name === PAYLOAD) this.#payload = before === undefined ? field.value : undefined;
    return true;
  }

  json(): string {
    const inner = this.#payloadJson();
    if (inner !== undefined && this.#fields.size === 1) return inner;
    const written = [...this.#fields].map(([name, value]) => {
      const json = name === PAYLOAD ? inner : undefined;
      return `${JSON.stringify(name)}:${json ?? JSON.stringify(value)}`;
    });
    return `{${written.join(",")}}`;
  }

  #payloadJson(): string | undefined {
    const json = this.#payload === undefined ? undefined : jsonIn(this.#payload);
    return json === undefined ? undefined : excerptJson(json, 0);
  }
}

/**
 * Decodes the start of a name or value, a little more than an excerpt shows: what the cut splits is beyond that.
 */
const decodeStart = (part: Buffer, maxBytes = START_BYTES): string =>
  decodeFormPart(bytesToText(part.subarray(0, maxBytes)));

/** Decodes a value that looks like JSON. Undefined if it does not. */
function jsonIn(value: Buffer): Buffer | undefined {
  if (!looksLikeJson(decodeStart(value, MAX_TEXT))) return undefined;
  const spaced = Buffer.from(value);
  for (let at = 0; at < spaced.length; at++) if (spaced[at] === PLUS) spaced[at] = SPACE;
  const decoded = withoutEscapes(spaced, NOTHING);
  return isUtf8(decoded) ? decoded : textToBytes(decodeFormPart(bytesToText(value)));
}
