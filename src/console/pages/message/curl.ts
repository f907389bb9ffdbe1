/** A message as a command that sends it again. */
import type { Details } from "./message-query.ts";

/** Headers that curl writes itself. */
const OWN = new Set(["host", "content-length", "connection", "transfer-encoding", "expect"]);
/** A longer body is read from a file. */
const MAX_BODY = 16 * 1024;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** `body`: its text, or undefined if it is not loaded. */
export function curlOf({ id, method, path, query, headers }: Details, body?: string): string {
  const address = `${location.origin}${path}${query === null || query === "" ? "" : `?${query}`}`;
  const lines = headers.flatMap(([name, value]) =>
    typeof name !== "string" || typeof value !== "string" || OWN.has(name.toLowerCase())
      ? []
      : [`-H ${quoted(`${name}: ${value}`)}`],
  );
  const isShort = body !== undefined && body.length <= MAX_BODY && !body.includes("\0");
  const data = isShort ? quoted(body) : `@${id}.bin`;
  return [`curl -X ${method} ${quoted(address)}`, ...lines, `--data-binary ${data}`].join(
    " \\\n  ",
  );
}
