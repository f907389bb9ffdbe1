/**
 * Headers that prove who a sender is. Whoever may see what is in a message sees them there, and nobody anywhere else: not
 * in what scripts log, say or throw.
 */

import type { HeaderList } from "./message.ts";
import { objectMemo } from "./object-memo.ts";

const SENSITIVE =
  /authori[sz]ation|cookie|token|secret|signature|hmac|passw|api-?key|credential|jwt|(?:^|-)auth(?:-|$)/;

/** `further`: names in lower case that providers say are secret. */
export const isSensitiveHeader = (name: string, further: ReadonlySet<string>): boolean => {
  const key = name.toLowerCase();
  return SENSITIVE.test(key) || further.has(key);
};

interface Secret {
  readonly further: object;
  readonly names: readonly string[];
}
const secrets = objectMemo<HeaderList, Secret>("secret headers");

/** The names, in lower case, of those headers of a message that are sensitive. Made once for a message. */
export function secretHeaderNames(
  headers: HeaderList,
  further: ReadonlySet<string>,
): readonly string[] {
  const known = secrets.of(headers);
  if (known?.further === further) return known.names;
  const names = headers.filter(([name]) => speaks(name) || further.has(name.toLowerCase()));
  const unique = [...new Set(names.map(([name]) => name.toLowerCase()))];
  return secrets.keep(headers, { further, names: unique }).names;
}

/** Senders use the same few names in message after message. */
const spoken = new Map<string, boolean>();
const MAX_SPOKEN = 1000;

function speaks(name: string): boolean {
  const known = spoken.get(name);
  if (known !== undefined) return known;
  const does = SENSITIVE.test(name.toLowerCase());
  if (spoken.size >= MAX_SPOKEN) spoken.clear();
  spoken.set(name, does);
  return does;
}
