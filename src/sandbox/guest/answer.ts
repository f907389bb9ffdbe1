/** The HTTP answer a script asks for, by `ctx.respond` or as a handshake. */
import { formatLine } from "./format.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** More would be copied into the host, stored and shown. */
const MAX_BODY = 256 * 1024;
const MAX_HEADERS = 100;
const MAX_HEADER_VALUE = 8192;

/** A script asked for more output than it may have. */
export class OutputLimit extends Error {
  override readonly name = "OutputLimit";
}

const { stringify } = JSON;
const { isInteger } = Number;

/** `who` is named in the complaint about what cannot be an answer. Header names become lower case. */
export function readAnswer(who: string, wish: unknown): Answer {
  const { status = 200, headers = {}, body = "" } = Object(wish);
  if (!isInteger(status) || status < 200 || status > 599) {
    const found = formatLine([status]);
    throw new TypeError(`${who}: status is ${found}, a whole number from 200 to 599 was expected`);
  }
  const folded = readHeaders(who, Object(headers));
  const isText = typeof body === "string";
  if (!isText) folded["content-type"] ??= "application/json";
  const text = isText ? body : (stringify(body) ?? "");
  if (text.length <= MAX_BODY) return { status, headers: folded, body: text };
  throw new OutputLimit(
    `${who}: the body has ${text.length} characters, at most ${MAX_BODY} are allowed`,
  );
}

function readHeaders(who: string, headers: object): Record<string, string> {
  const entries = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  );
  if (
    entries.length > MAX_HEADERS ||
    entries.some(([name, value]) => name.length + value.length > MAX_HEADER_VALUE)
  ) {
    throw new OutputLimit(
      `${who}: at most ${MAX_HEADERS} headers of ${MAX_HEADER_VALUE} characters are allowed`,
    );
  }
  return Object.fromEntries(entries);
}
