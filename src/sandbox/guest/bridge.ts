/**
 * The only way out of an isolate: five host callbacks, of which scripts never see the functions themselves.
 * Only strings and numbers cross. The globals they arrive in are deleted before any script runs.
 */
import type { PostKind } from "../wire/guest-posts.ts";

interface HostGlobals {
  /** The received body as text (see `../text-codec.ts` for bytes that are not UTF-8); `decoded` after content decoding. */
  hookyardBody?: (decoded: boolean) => string;
  /**
   * The payload where the body is too large to be parsed here, as JSON; empty where it is not. Before the JSON stands `T` when it
   * is an excerpt, else `W`: all there is without `wanted`.
   */
  hookyardExcerpt?: (wanted: boolean) => string;
  /** Notes the step at which an asking is. */
  hookyardMark?: (step: number) => void;
  /** A synchronous operation: JSON and, raw, the text it works on; JSON `{"value"}` or `{"error"}` out. */
  hookyardSync?: (operation: string, argument: string, text?: string) => string;
  /** Hands something of a run to the host without an answer. The host drops what does not carry the number of the current run. */
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
export const hostExcerpt = take("hookyardExcerpt");
export const hostMark = take("hookyardMark");
export const hostPost = take("hookyardPost");
const hostSync = take("hookyardSync");

// Captured before any script runs: a script that replaces them must not reach the bridge.
const { parse, stringify } = JSON;

/** Calls a synchronous host operation; its refusals become errors at the script's own line. */
export function callHost<Answer>(operation: string, argument: unknown, text?: string): Answer {
  const answer = parse(hostSync(operation, stringify(argument), text));
  if (answer.error !== undefined) throw new TypeError(answer.error);
  return answer.value;
}
