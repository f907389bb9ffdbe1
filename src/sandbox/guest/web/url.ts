// biome-ignore-all lint/complexity/noArguments: a missing argument is an error, `undefined` is text.
/**
 * `URL`. The host parses: a parser in the guest would load the tables of international domain names into every
 * context.
 */

import { cutRaw } from "../../wire/raw-text.ts";
import { callHost } from "../bridge.ts";
import { requireArguments, toScalarText } from "./conversion.ts";
import { finishClass } from "./platform-class.ts";
import { parseQuery, Query, URLSearchParams } from "./url-search-params.ts";

const SETTABLE = [
  "href",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
] as const;
type Part = (typeof SETTABLE)[number];
type Parts = Readonly<Record<Part | "origin", string>>;

function parse(input: unknown, base: unknown): Parts | null {
  const text = toScalarText(input);
  const request = base === undefined ? { input: text } : { input: text, base: toScalarText(base) };
  return callHost<Parts | null>("url", request);
}

function invalid(input: string): TypeError {
  return Object.assign(new TypeError(`Invalid URL: ${JSON.stringify(cutRaw(input))}`), {
    code: "ERR_INVALID_URL",
    input,
  });
}

export class URL {
  #parts: Parts;
  #query: Query | undefined;
  #searchParams: URLSearchParams | undefined;

  constructor(input: unknown, base: unknown = undefined) {
    requireArguments("URL", arguments.length, 1);
    const parts = parse(input, base);
    if (parts === null) throw invalid(toScalarText(input));
    this.#parts = parts;
  }

  static {
    for (const part of SETTABLE) {
      Reflect.defineProperty(URL.prototype, part, {
        get(this: URL) {
          return this.#parts[part];
        },
        set(this: URL, value: unknown) {
          this.#set(part, toScalarText(value));
        },
        configurable: true,
      });
    }
  }

  static canParse(input: unknown, base: unknown = undefined): boolean {
    requireArguments("URL.canParse", arguments.length, 1);
    return parse(input, base) !== null;
  }

  static parse(input: unknown, base: unknown = undefined): URL | null {
    requireArguments("URL.parse", arguments.length, 1);
    const parts = parse(input, base);
    return parts === null ? null : new URL(parts.href);
  }

  get origin(): string {
    return this.#parts.origin;
  }

  get searchParams(): URLSearchParams {
    if (this.#searchParams !== undefined) return this.#searchParams;
    this.#query = new Query(parseQuery(this.#parts.search), (query) => {
      this.#parts = this.#changed("search", query);
    });
    this.#searchParams = new URLSearchParams(this.#query);
    return this.#searchParams;
  }

  toString(): string {
    return this.#parts.href;
  }

  toJSON(): string {
    return this.#parts.href;
  }

  #set(part: Part, value: string): void {
    this.#parts = this.#changed(part, value);
    if (this.#query !== undefined && (part === "search" || part === "href"))
      this.#query.pairs = parseQuery(this.#parts.search);
  }

  #changed(part: Part, value: string): Parts {
    const request = { input: this.#parts.href, part, value };
    const parts = callHost<Parts | null>("url", request);
    if (parts === null) throw invalid(value);
    return parts;
  }
}

finishClass(URL);
