/**
 * `TextEncoder` and `TextDecoder`, for UTF-8, UTF-16LE and windows-1252. Other encodings need large tables and are
 * not used by webhooks.
 */
import { bytesOf, typedArrayName } from "./bytes.ts";
import { isObject, readOptions, toScalarText, toText } from "./conversion.ts";
import { decodeUtf16, decodeWindows1252, unfinishedUtf16 } from "./legacy-encodings.ts";
import { finishClass } from "./platform-class.ts";
import { decodeUtf8, encodeUtf8, encodeUtf8Into, unfinishedUtf8 } from "./utf8.ts";

interface Codec {
  readonly name: string;
  readonly labels: string;
  /** Undefined if `fatal` and the bytes are not valid in this encoding. */
  readonly decode: (bytes: Uint8Array, fatal: boolean) => string | undefined;
  /** The number of bytes at the end that may be continued by the next chunk. */
  readonly unfinished: (bytes: Uint8Array) => number;
  readonly marked: boolean;
}

const CODECS: readonly Codec[] = [
  {
    name: "utf-8",
    labels: "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
    decode: decodeUtf8,
    unfinished: unfinishedUtf8,
    marked: true,
  },
  {
    name: "utf-16le",
    labels: "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
    decode: decodeUtf16,
    unfinished: unfinishedUtf16,
    marked: true,
  },
  {
    name: "windows-1252",
    labels:
      "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
    decode: decodeWindows1252,
    unfinished: () => 0,
    marked: false,
  },
];

const isSpace = (unit: string | undefined) => unit !== undefined && "\t\n\f\r ".includes(unit);

function findCodec(label: string): Codec {
  let [start, end] = [0, label.length];
  while (start < end && isSpace(label[start])) start += 1;
  while (end > start && isSpace(label[end - 1])) end -= 1;
  const wanted = label.slice(start, end).toLowerCase();
  const codec = CODECS.find(({ labels }) => labels.split(" ").includes(wanted));
  if (codec !== undefined) return codec;
  const known = CODECS.map(({ name }) => name).join(", ");
  throw new RangeError(`TextDecoder: the encoding "${label}" is not offered, there are ${known}`);
}

export class TextEncoder {
  get encoding(): string {
    return "utf-8";
  }

  encode(input: unknown = ""): Uint8Array {
    return encodeUtf8(toScalarText(input));
  }

  encodeInto(source: unknown, destination: unknown): { read: number; written: number } {
    const bytes =
      isObject(destination) && typedArrayName(destination) === "Uint8Array"
        ? bytesOf(destination)
        : undefined;
    if (typeof source !== "string" || bytes === undefined)
      throw new TypeError("TextEncoder.encodeInto: a text and a Uint8Array were expected");
    return encodeUtf8Into(source.toWellFormed(), bytes);
  }
}

export class TextDecoder {
  readonly #codec: Codec;
  readonly #fatal: boolean;
  readonly #ignoreBom: boolean;
  #pending: Uint8Array = new Uint8Array();
  #atStart = true;

  constructor(label: unknown = "utf-8", options?: unknown) {
    this.#codec = findCodec(toText(label));
    const settings = readOptions("TextDecoder", options);
    this.#fatal = Boolean(Reflect.get(settings, "fatal"));
    this.#ignoreBom = Boolean(Reflect.get(settings, "ignoreBOM"));
  }

  get encoding(): string {
    return this.#codec.name;
  }

  get fatal(): boolean {
    return this.#fatal;
  }

  get ignoreBOM(): boolean {
    return this.#ignoreBom;
  }

  decode(input?: unknown, options?: unknown): string {
    const given = input === undefined ? new Uint8Array() : bytesOf(input);
    if (given === undefined)
      throw new TypeError(
        `TextDecoder.decode: ${typeof input} was given, a buffer or view expected`,
      );
    const more = Boolean(Reflect.get(readOptions("TextDecoder.decode", options), "stream"));
    const bytes = joined(this.#pending, given);
    const end = bytes.length - (more ? this.#codec.unfinished(bytes) : 0);
    const text = this.#codec.decode(bytes.subarray(0, end), this.#fatal);
    // Copied, since the script may overwrite its buffer before the next chunk.
    this.#pending = text === undefined || !more ? new Uint8Array() : bytes.slice(end);
    return this.#withoutMark(text, more);
  }

  #withoutMark(text: string | undefined, more: boolean): string {
    const isFirst = this.#atStart && text !== "";
    this.#atStart = text === undefined || !more || (this.#atStart && !isFirst);
    if (text === undefined)
      throw new TypeError(`TextDecoder.decode: the bytes are not valid ${this.#codec.name}`);
    const isMarked = isFirst && this.#codec.marked && !this.#ignoreBom && text[0] === "\ufeff";
    return isMarked ? text.slice(1) : text;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

finishClass(TextEncoder);
finishClass(TextDecoder);
