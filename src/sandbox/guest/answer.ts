/** Reads the HTTP answer of a script, from `ctx.respond` or a handshake. */
import type { ScriptResponse } from "../../model/outcome.ts";
import { linesOf, readAnswerHeaders } from "./answer-headers.ts";
import { bytesIn } from "./byte-view.ts";
import { bytesToBase64, escapedTextToBytes } from "./bytes.ts";
import { formatLine } from "./format.ts";
import { URLSearchParams } from "./web/url-search-params.ts";
import { encodeUtf8 } from "./web/utf8.ts";

/** In bytes. A larger body would be copied into the host, stored and shown. */
const MAX_BODY = 256 * 1024;

/** The script's output exceeds a limit. */
export class OutputLimit extends Error {
  override readonly name = "OutputLimit";
}

const { stringify } = JSON;
const { isInteger } = Number;

/** `caller` is named in errors. Header names become lower case. */
export function readAnswer(caller: string, answer: unknown): ScriptResponse {
  const { status = 200, headers: given, body: content = "" } = Object(answer);
  if (!isInteger(status) || status < 200 || status > 599) {
    const found = formatLine([status]);
    throw new TypeError(
      `${caller}: status is ${found}, a whole number from 200 to 599 was expected`,
    );
  }
  const headers = readAnswerHeaders(caller, given, (problem) => new OutputLimit(problem));
  const { size, contentType, ...body } = readBody(content);
  if (size > MAX_BODY)
    throw new OutputLimit(`${caller}: the body has ${size} bytes, at most ${MAX_BODY} are allowed`);
  if (contentType !== undefined && !headers.has("content-type"))
    headers.set("content-type", contentType);
  return { status, headers: linesOf(headers), ...body };
}

interface ReadBody extends Pick<ScriptResponse, "body" | "bodyEncoding"> {
  /** In bytes. For a body over the limit, at least this. */
  readonly size: number;
  /** The default content type for this kind of body. */
  readonly contentType?: string;
}

/** As in `fetch`, except that other values are sent as JSON. */
function readBody(body: unknown): ReadBody {
  if (typeof body === "string") return readText(body);
  if (body instanceof URLSearchParams)
    return {
      ...readText(String(body)),
      contentType: "application/x-www-form-urlencoded;charset=UTF-8",
    };
  const bytes = bytesIn(body);
  if (bytes !== undefined) return readBytes(bytes);
  return { ...readText(stringify(body) ?? ""), contentType: "application/json" };
}

/** Lone surrogates that do not represent a byte; see `text-codec.ts`. */
const LONE = /[\ud800-\udc7f\udd00-\udfff]/gu;

/** Text from the host may represent bytes that are not UTF-8; these are sent as they were received. */
function readText(text: string): ReadBody {
  if (text.length > MAX_BODY) return { body: "", size: text.length };
  if (!text.isWellFormed()) return readBytes(escapedTextToBytes(text.replace(LONE, "\ufffd")));
  return { body: text, size: encodeUtf8(text).length };
}

function readBytes(bytes: Uint8Array): ReadBody {
  const size = bytes.length;
  return size > MAX_BODY
    ? { body: "", size }
    : { body: bytesToBase64(bytes), bodyEncoding: "base64", size };
}
