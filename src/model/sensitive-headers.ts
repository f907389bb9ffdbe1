/**
 * Headers that prove who a sender is. A caller with permission to read messages sees their values; they are masked
 * everywhere else: in the logs, results and errors of scripts.
 */

import type { HeaderList } from "./message.ts";
import { objectMemo } from "./object-memo.ts";

const SENSITIVE =
  /authori[sz]ation|cookie|token|secret|signature|hmac|passw|api-?key|credential|jwt|(?:^|-)auth(?:-|$)/;

/** `further`: lower-case names that providers declare as secret. */
export const isSensitiveHeader = (name: string, further: ReadonlySet<string>): boolean => {
  const key = name.toLowerCase();
  return SENSITIVE.test(key) || further.has(key);
};

interface Secret {
  readonly further: object;
  readonly names: readonly string[];
}
const secrets = objectMemo<HeaderList, Secret>("secret headers");

/** The lower-case names of the sensitive headers of a message. Computed once per message. */
export function secretHeaderNames(
  headers: HeaderList,
  further: ReadonlySet<string>,
): readonly string[] {
  const known = secrets.of(headers);
  if (known?.further === further) return known.names;
  const names = headers.filter(
    ([name]) => isSensitiveName(name) || further.has(name.toLowerCase()),
  );
  const unique = [...new Set(names.map(([name]) => name.toLowerCase()))];
  return secrets.keep(headers, { further, names: unique }).names;
}

/** A cache by header name: senders use the same few names in message after message. */
const sensitiveByName = new Map<string, boolean>();
const MAX_CACHED_NAMES = 1000;

function isSensitiveName(name: string): boolean {
  const known = sensitiveByName.get(name);
  if (known !== undefined) return known;
  const isSensitive = SENSITIVE.test(name.toLowerCase());
  if (sensitiveByName.size >= MAX_CACHED_NAMES) sensitiveByName.clear();
  sensitiveByName.set(name, isSensitive);
  return isSensitive;
}
