/**
 * A large form in short: the first fields, the start of each value. A `payload` field that holds JSON is excerpted in place, like
 * the guest parses it in place. Only as many fields as a payload may have values are looked at.
 */
import { Buffer, isUtf8 } from "node:buffer";
import { bytesToText } from "../../../model/text-codec.ts";
import { decodeFormPart, looksLikeJson } from "../../guest/payload.ts";
import { cutText, MAX_TEXT } from "./cut-text.ts";
import { excerptJson, MAX_ITEMS, ROOM } from "./json-excerpt.ts";
import { JsonScanner } from "./json-scanner.ts";

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
/** What a code unit may take in a form: `%E2%82%AC`. */
const MAX_UNIT_BYTES = 9;
/** What a code point may take. */
const MAX_POINT_BYTES = 12;
/** More than a name or value in an excerpt takes. */
const START_BYTES = (MAX_TEXT + 1) * MAX_UNIT_BYTES + MAX_POINT_BYTES;
const PAYLOAD = "payload";
const MAX_PAYLOAD_NAME_BYTES = 3 * PAYLOAD.length;
/** By byte, what a digit of an escape is worth; -1 for other bytes. */
const HEX_VALUES = Int8Array.from({ length: 256 }, (_, byte) =>
  "0123456789abcdef".indexOf(String.fromCharCode(byte).toLowerCase()),
);

interface Field {
  readonly name: Buffer;
  readonly value: Buffer;
}

/** The fields as they are sent; empty ones are none. */
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

/** Decoding a field takes as long as making so many values of JSON. */
const FIELD_VALUES = 10;

/** How many values parsing a form makes, JSON in `payload` included; more than `max` are not counted. A field counts as several. */
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

/** The excerpt as JSON. */
export function excerptForm(bytes: Buffer, maxFields: number): string {
  const excerpt = new FormExcerpt();
  let looked = 0;
  for (const field of fieldsOf(bytes)) {
    looked += 1;
    if (looked > maxFields || !excerpt.add(field)) break;
  }
  return excerpt.json();
}

class FormExcerpt {
  readonly #fields = new Map<string, string | string[]>();
  #left = ROOM;
  /** Of the only field of that name, as it is sent. */
  #payload: Buffer | undefined;

  /** False when there is no more room. */
  add(field: Field): boolean {
    const name = decodeStart(field.name);
    // Cut, it would be another name.
    if (name.length > MAX_TEXT) return true;
    const before = this.#fields.get(name);
    if (Array.isArray(before) && before.length === MAX_ITEMS) return true;
    const value = cutText(decodeStart(field.value));
    this.#left -= name.length + value.length + 1;
    if (this.#left < 0) return false;
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

/** The start of a name or value, decoded: a little more than an excerpt has, if there is more. */
function decodeStart(part: Buffer, maxBytes = START_BYTES): string {
  if (part.length <= maxBytes) return decodeFormPart(bytesToText(part));
  const start = bytesToText(part.subarray(0, maxBytes));
  // An escape may have been cut, or one of several that stand for one character.
  for (let less = 0; less < MAX_POINT_BYTES; less++) {
    const decoded = tryDecode(start.slice(0, start.length - less));
    if (decoded !== undefined) return decoded;
  }
  return decodeFormPart(start);
}

/** Undefined when there is an escape that stands for nothing. */
function tryDecode(part: string): string | undefined {
  const decoded = decodeFormPart(part);
  return decoded.includes("%") && decoded === part.replaceAll("+", " ") ? undefined : decoded;
}

/** The decoded bytes of a value that looks like JSON; undefined for others, and where decoding fails. */
function jsonIn(value: Buffer): Buffer | undefined {
  if (!looksLikeJson(decodeStart(value, MAX_TEXT))) return undefined;
  const bytes = Buffer.allocUnsafe(value.length);
  let size = 0;
  for (let at = 0; at < value.length; at++) {
    const byte = byteAt(value, at);
    if (byte < 0) return undefined;
    bytes[size++] = byte;
    if (value[at] === PERCENT) at += 2;
  }
  const decoded = bytes.subarray(0, size);
  return isUtf8(decoded) ? decoded : undefined;
}

/** What the byte or escape at `at` stands for; negative for an escape that stands for nothing. */
function byteAt(value: Buffer, at: number): number {
  const byte = value[at] ?? 0;
  if (byte !== PERCENT) return byte === PLUS ? SPACE : byte;
  const high = HEX_VALUES[value[at + 1] ?? 0] ?? -1;
  const low = HEX_VALUES[value[at + 2] ?? 0] ?? -1;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}
