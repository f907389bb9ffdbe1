/** Making a key out of text takes longer than most checks with it. There are as many as secrets and keys in use. */
import type { KeyObject } from "node:crypto";

const MAX_KEPT = 256;

/** `make`, which is asked once for each text as long as there are few of them. */
export function madeOnce(
  make: (text: string) => KeyObject | undefined,
): (text: string) => KeyObject | undefined {
  const made = new Map<string, KeyObject | undefined>();
  return (text) => {
    if (made.has(text)) return made.get(text);
    if (made.size >= MAX_KEPT) made.clear();
    const key = make(text);
    made.set(text, key);
    return key;
  };
}
