/**
 * Captures the accessors of `RegExp.prototype` before a script runs: for functions, it is the only prototype that is
 * not frozen.
 */
const { apply, getOwnPropertyDescriptor } = Reflect;
const { exec } = RegExp.prototype;

const getterOf = (key: string) => getOwnPropertyDescriptor(RegExp.prototype, key)?.get ?? String;
const getSource = getterOf("source");
/** In the order `dgimsuvy`. */
const getFlags = [
  "hasIndices",
  "global",
  "ignoreCase",
  "multiline",
  "dotAll",
  "unicode",
  "unicodeSets",
  "sticky",
].map(getterOf);

export const matches = (pattern: RegExp, text: string): boolean =>
  apply(exec, pattern, [text]) !== null;

/** Undefined if `value` is not a regular expression. */
export function readRegExp(value: object): { source: string; flags: string } | undefined {
  try {
    const source = apply(getSource, value, []);
    const flags = [..."dgimsuvy"].filter((_, at) => apply(getFlags[at] ?? String, value, []));
    return { source, flags: flags.join("") };
  } catch {
    return undefined;
  }
}
