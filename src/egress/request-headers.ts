/** Headers of a request: which ones a script can set, and their syntax. */
import { EgressFailure } from "./failure.ts";
import { type HeaderPairs, MAX_HEADER_BYTES } from "./request.ts";

/**
 * Headers of the connection, which undici sets. They are dropped in silence, so that a script can forward all headers.
 */
const NOT_SETTABLE = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
/** One byte for each character, and no control character but the tab. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Sent unless the script sets them. */
const DEFAULTS = {
  accept: "*/*",
  "accept-encoding": "gzip, deflate, br, zstd",
  "user-agent": "hookyard",
} as const;

/** The headers to send. Throws when one is invalid, or when they are too large together. */
export function requestHeaders(given: HeaderPairs): HeaderPairs {
  const headers = given.map(([name, value]) => checked(name, value)).filter(isSettable);
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const added = Object.entries(DEFAULTS).filter(([name]) => !names.has(name));
  const all = [...headers, ...added];
  const bytes = all.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (bytes <= MAX_HEADER_BYTES) return all;
  throw new EgressFailure(
    "TypeError",
    `the request has ${bytes} bytes of headers: expected at most ${MAX_HEADER_BYTES}`,
  );
}

/** The method in its usual spelling. Throws when it is invalid, opens a tunnel or echoes headers. */
export function requestMethod(given: string): string {
  if (!TOKEN.test(given))
    throw new EgressFailure("TypeError", "the method is not a word such as GET or POST");
  const upper = given.toUpperCase();
  if (/^(?:CONNECT|TRACE|TRACK)$/.test(upper))
    throw new EgressFailure("TypeError", `the method ${upper} cannot be used`);
  // As in the fetch standard: other methods are case-sensitive.
  return /^(?:DELETE|GET|HEAD|OPTIONS|POST|PUT)$/.test(upper) ? upper : given;
}

const MAX_SHOWN = 1000;

function checked(name: string, value: string): readonly [string, string] {
  if (!TOKEN.test(name))
    throw new EgressFailure(
      "TypeError",
      `${shown(name)} is not valid: expected letters, digits and dashes`,
    );
  const trimmed = value.trim();
  if (VALUE.test(trimmed)) return [name, trimmed];
  throw new EgressFailure(
    "TypeError",
    `the value of the header ${name} has a line break or another character that cannot stand there: expected Latin-1 text`,
  );
}

function isSettable([name]: readonly [string, string]): boolean {
  const lower = name.toLowerCase();
  return !(NOT_SETTABLE.has(lower) || lower.startsWith("proxy-"));
}

/** The whole name or nothing of it: the name may hold a secret, and the child only masks complete secrets. */
const shown = (name: string): string =>
  name.length > MAX_SHOWN
    ? `a header name of ${name.length} characters`
    : `the header name ${JSON.stringify(name)}`;
