/** Escapes characters in texts from senders that could control the terminal. */

const CONTROLS = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Escapes control characters and bidirectional controls; keeps tabs and line feeds. */
export const printable = (text: string): string =>
  text.replaceAll(CONTROLS, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The same on one line, cut to `length` characters on a terminal only: a program gets the whole text. */
export const cell = (text: string, length: number): string =>
  oneLine(text, process.stdout.isTTY ? length : Number.POSITIVE_INFINITY);

/** The same on one line, cut to `length` characters. */
export function oneLine(text: string, length: number): string {
  const line = printable(text).replaceAll(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
