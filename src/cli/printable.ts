/** What strangers sent is shown, and must not steer the terminal it is shown on. */

const CONTROLS = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Control characters, and those that turn the direction of text, as escapes; tabs and line ends stay. */
export const printable = (text: string): string =>
  text.replaceAll(CONTROLS, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The same in one line of at most `length` characters. */
export function oneLine(text: string, length: number): string {
  const line = printable(text).replaceAll(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
