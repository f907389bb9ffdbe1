/** Adds a code frame to a fault: the author's lines around it. */
import type { Fault } from "../wire/protocol.ts";

/** A script and its modules, as written. */
export interface ScriptSources {
  readonly source: string;
  readonly modules: Readonly<Record<string, { readonly source?: string | undefined }>>;
}

const CONTEXT_LINES = 2;
const MAX_WIDTH = 200;

/**
 * Adds the lines around the fault, with the column marked. The position may be anything, since a script can write its
 * own stack.
 */
export function withCodeFrame(fault: Fault, sources: ScriptSources | undefined): Fault {
  const { line, column } = fault;
  const source = sourceOf(fault, sources);
  if (source === undefined || line === undefined || line < 1) return fault;
  const lines = source.split("\n");
  const first = Math.max(1, line - CONTEXT_LINES);
  const shown = lines.slice(first - 1, line + CONTEXT_LINES).flatMap((text, index) => {
    const number = first + index;
    const row = `${number === line ? ">" : " "} ${String(number).padStart(4)} | ${text.slice(0, MAX_WIDTH)}`;
    return number === line && column !== undefined
      ? [row, `       | ${" ".repeat(Math.max(0, Math.min(column, MAX_WIDTH) - 1))}^`]
      : [row];
  });
  return { ...fault, frame: shown.join("\n") };
}

/** The file name comes from a child, so it may be any text. */
function sourceOf({ file }: Fault, sources: ScriptSources | undefined): string | undefined {
  if (file === undefined || sources === undefined) return sources?.source;
  return Object.hasOwn(sources.modules, file) ? sources.modules[file]?.source : undefined;
}
