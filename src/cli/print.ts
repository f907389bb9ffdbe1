/** Prints to standard output: text with colours on a terminal, JSON for programs. */
import { styleText } from "node:util";
import { printable } from "./printable.ts";

type Style = Parameters<typeof styleText>[0];

/** Without colours when standard output is no terminal, or NO_COLOR is set. */
export const styled = (style: Style, text: string): string =>
  styleText(style, text, { stream: process.stdout });

export const line = (text = ""): void => void process.stdout.write(`${text}\n`);

export const json = (value: unknown): void =>
  line(JSON.stringify(value, undefined, process.stdout.isTTY ? 2 : undefined));

/** Hints that are not part of the result go to standard error. */
export const remark = (text: string): void => void process.stderr.write(`${text}\n`);

const STATUS_STYLES: Readonly<Record<string, Style>> = {
  SUCCESS: "green",
  HANDSHAKE: "green",
  FAILED: "red",
  REJECTED: "red",
  UNMATCHED: "yellow",
  PENDING: "cyan",
  RUNNING: "cyan",
  DUPLICATE: "gray",
  FILTERED: "gray",
};

export const status = (text: string, width = 0): string =>
  styled(STATUS_STYLES[text] ?? "reset", text.padEnd(width));

/**
 * A cell of a table; control characters are escaped. The text is separate from its style, so that the width can be
 * computed.
 */
export type Cell = string | { readonly text: string; readonly style: Style };

export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const textOf = (cell: Cell | undefined) =>
    printable(typeof cell === "object" ? cell.text : (cell ?? ""));
  const widths = head.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => textOf(row[at]).length)),
  );
  const isLast = (at: number) => at === head.length - 1;
  const cells = (row: readonly Cell[]) =>
    row.map((cell, at) => {
      const padded = isLast(at) ? textOf(cell) : textOf(cell).padEnd(widths[at] ?? 0);
      return typeof cell === "object" ? styled(cell.style, padded) : padded;
    });
  line(cells(head.map((text) => ({ text, style: "bold" }))).join("  "));
  for (const row of rows) line(cells(row).join("  ").trimEnd());
}

export const statusCell = (text: string): Cell => ({ text, style: STATUS_STYLES[text] ?? "reset" });
