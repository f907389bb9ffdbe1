/**
 * Limits on the HTTP answer of a script. The guest checks them first, so that the error points at the script's line;
 * this check is the one that is enforced.
 */
import type { ScriptResponse } from "../../model/outcome.ts";

const MAX_BODY_BYTES = 256 * 1024;
const MAX_HEADERS = 100;
/** Name and value of one header together. */
const MAX_HEADER_BYTES = 8192;
const MAX_ALL_HEADERS_BYTES = 64 * 1024;

/** The limit that the answer exceeds, or undefined. */
export function answerProblem({ headers, body, bodyEncoding }: ScriptResponse): string | undefined {
  const bodyBytes = Buffer.byteLength(body, bodyEncoding ?? "utf8");
  if (bodyBytes > MAX_BODY_BYTES)
    return `the body has ${bodyBytes} bytes, at most ${MAX_BODY_BYTES} are allowed`;
  const sizes = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => Buffer.byteLength(name) + Buffer.byteLength(value)),
  );
  const isTooMuch =
    sizes.length > MAX_HEADERS ||
    sizes.some((size) => size > MAX_HEADER_BYTES) ||
    sizes.reduce((sum, size) => sum + size, 0) > MAX_ALL_HEADERS_BYTES;
  return isTooMuch
    ? `at most ${MAX_HEADERS} headers of ${MAX_HEADER_BYTES} bytes each and ${MAX_ALL_HEADERS_BYTES} in all are allowed`
    : undefined;
}
