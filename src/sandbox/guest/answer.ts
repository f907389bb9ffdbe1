/** The HTTP answer a script asks for, by `ctx.respond` or as a handshake. */
import { formatLine } from "./format.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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
  const folded = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  if (typeof body === "string") return { status, headers: folded, body };
  folded["content-type"] ??= "application/json";
  return { status, headers: folded, body: stringify(body) ?? "" };
}
