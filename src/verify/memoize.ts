/**
 * Caches values that are computed from texts which repeat for message after message: keys, and the options of a
 * check.
 */

const MAX_ENTRIES = 256;
/** A longer text is neither a secret nor an option: it came with a message. */
const MAX_CHARACTERS = 4096;

/** A cached `make`. The cache is cleared when full. Errors are not cached. */
export function memoize<T>(make: (text: string) => T): (text: string) => T {
  const cache = new Map<string, { readonly value: T }>();
  return (text) => {
    if (text.length > MAX_CHARACTERS) return make(text);
    const known = cache.get(text);
    if (known !== undefined) return known.value;
    if (cache.size >= MAX_ENTRIES) cache.clear();
    const value = make(text);
    cache.set(text, { value });
    return value;
  };
}
