/** What is made out of a text that is the same for message after message: keys, and the options of a check. */

const MAX_KEPT = 256;
/** A longer text is no secret and no option: it came with a message. */
const MAX_CHARACTERS = 4096;

/** `make`, which is asked once for each text as long as there are few of them. What it throws is not kept. */
export function memoize<T>(make: (text: string) => T): (text: string) => T {
  const made = new Map<string, { readonly value: T }>();
  return (text) => {
    if (text.length > MAX_CHARACTERS) return make(text);
    const known = made.get(text);
    if (known !== undefined) return known.value;
    if (made.size >= MAX_KEPT) made.clear();
    const value = make(text);
    made.set(text, { value });
    return value;
  };
}
