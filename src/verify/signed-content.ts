/** The signed bytes: the body, or a text that contains it. */
import { textToBytes } from "../model/text-codec.ts";
import { onlyField, sortedFields } from "./form.ts";
import { readHeader } from "./header.ts";
import { urlSpellings } from "./public-url.ts";
import { found, type Reading, refuse, type SignedRequest } from "./verdict.ts";

const PLACEHOLDER = /\{(body|asciiBody|timestamp|method|url|form|header:[\w-]+|field:[^{}]+)\}/g;

/** The values of placeholders that do not come from the request. */
export interface ContentValues {
  readonly template: string;
  readonly timestamp: string | undefined;
  /** The URLs that the sender may have been given. */
  readonly urls: () => readonly string[];
}

/** The signed pieces, in order. They are not joined, since a body may be large. */
export type Content = readonly Buffer[];

/** The body as received, and decoded: senders and proxies differ in which of the two was signed. */
export function candidateBodies(request: SignedRequest): readonly Buffer[] {
  const { body, decodedBody } = request;
  return decodedBody === undefined ? [body] : [body, decodedBody];
}

/** All contents that the sender may have signed; one that matches is enough. */
export function signedContents(
  values: ContentValues,
  request: SignedRequest,
): Reading<readonly Content[]> {
  // Texts and placeholders alternate; the even indexes are texts.
  const parts = values.template.split(PLACEHOLDER);
  const names = parts.filter((_part, index) => index % 2 === 1);
  // A template often contains header text: a sender who puts {body} there could make us hash the body a thousand
  // times.
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    return refuse(`the content to sign holds {${repeated}} more than once`);
  }
  const urls = names.includes("url") ? values.urls().flatMap(urlSpellings) : [""];
  if (urls.length === 0) {
    return refuse("the address the sender calls is not known: set HOOKYARD_PUBLIC_URL");
  }
  const contents: Content[] = [];
  for (const body of candidateBodies(request)) {
    // Computed once for all spellings of the URL.
    const form = names.includes("form") ? sortedFields(body) : found(NOTHING);
    for (const url of urls) {
      const content = fill(parts, { ...values, url, body, form }, request);
      if (!content.ok) return content;
      contents.push(content.value);
    }
  }
  return found(contents);
}

interface ContentSource extends ContentValues {
  readonly url: string;
  readonly body: Buffer;
  readonly form: Reading<Buffer>;
}
const NOTHING = Buffer.alloc(0);

function fill(
  parts: readonly string[],
  source: ContentSource,
  request: SignedRequest,
): Reading<readonly Buffer[]> {
  const pieces: Buffer[] = [];
  for (const [index, part] of parts.entries()) {
    const piece = index % 2 === 0 ? found(textToBytes(part)) : pieceFor(part, source, request);
    if (!piece.ok) return piece;
    // Otherwise "a.b" and "c" would sign the same text as "a" and "b.c".
    const separator = part.startsWith("header:") ? parts[index + 1]?.at(0) : undefined;
    if (separator !== undefined && piece.value.includes(separator)) {
      const name = part.slice("header:".length);
      return refuse(`the ${name} header is malformed: it holds ${JSON.stringify(separator)}`);
    }
    pieces.push(piece.value);
  }
  return found(pieces);
}

function pieceFor(
  placeholder: string,
  source: ContentSource,
  request: SignedRequest,
): Reading<Buffer> {
  const [kind, name = ""] = placeholder.split(/:(.*)/s);
  switch (kind) {
    case "body":
      return found(source.body);
    case "asciiBody":
      return found(asciiJson(source.body));
    case "timestamp":
      return found(Buffer.from(source.timestamp ?? ""));
    case "method":
      return found(Buffer.from(request.line?.().method ?? ""));
    case "url":
      return found(Buffer.from(source.url));
    case "form":
      return source.form;
    case "field":
      return onlyField(source.body, name);
    default: {
      const value = readHeader(request, name);
      return value.ok ? found(Buffer.from(value.value, "latin1")) : value;
    }
  }
}

/** JSON with everything outside ASCII escaped, in lower-case hex digits. */
function asciiJson(body: Buffer): Buffer {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return Buffer.from(body.toString("utf8").replaceAll(/[^\0-\x7f]/g, escaped));
}
