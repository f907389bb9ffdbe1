/**
 * The only way out of an isolate: six host callbacks. Only strings and numbers cross. The globals that hold the
 * callbacks are deleted before any script runs, so scripts never see them.
 */
import type { PostKind } from "../wire/guest-posts.ts";

interface HostGlobals {
  /**
   * The received body as text (see `text-codec.ts` for bytes that are not UTF-8); if `decoded`, after content
   * decoding.
   */
  hookyardBody?: (decoded: boolean) => string;
  /**
   * The payload if the guest cannot parse it from the received body, after two letters; see `form-parts.ts`. Empty if
   * it can. With `mayCut` that of a large body is an excerpt. Without `wanted` only the first letter.
   */
  hookyardPayload?: (mayCut: boolean, wanted: boolean) => string;
  /** The bytes of an uploaded file, by its index in the parts: each character is one. */
  hookyardFile?: (index: number, mayCut: boolean) => string;
  /** Reports the current step of a match script. */
  hookyardMark?: (step: number) => void;
  /** A synchronous operation: takes JSON and, raw, the text to work on; returns JSON `{"value"}` or `{"error"}`. */
  hookyardSync?: (operation: string, argument: string, text?: string) => string;
  /** Sends a post of a run to the host. The host drops posts that do not carry the number of the current run. */
  hookyardPost?: (kind: PostKind, text: string, run: number) => void;
}

const host = globalThis as unknown as HostGlobals;

function take<K extends keyof HostGlobals>(name: K): NonNullable<HostGlobals[K]> {
  const callback = host[name];
  if (callback === undefined) throw new Error(`${name} is missing`);
  delete host[name];
  return callback;
}

export const hostBody = take("hookyardBody");
export const hostPayload = take("hookyardPayload");
export const hostFile = take("hookyardFile");
export const hostMark = take("hookyardMark");
export const hostPost = take("hookyardPost");
const hostSync = take("hookyardSync");

// Captured before any script runs: a script may replace them, and must not reach the bridge that way.
const { parse, stringify } = JSON;

/** Calls a synchronous host operation. An error is thrown at the script's own line. */
export function callHost<Answer>(operation: string, argument: unknown, text?: string): Answer {
  const answer = parse(hostSync(operation, stringify(argument), text));
  if (answer.error !== undefined) throw new TypeError(answer.error);
  return answer.value;
}
