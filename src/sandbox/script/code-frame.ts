/** Adds a code frame to a fault: the author's lines around it. */
import type { Fault } from "../wire/protocol.ts";

/** A script and its modules, as written. */
export interface ScriptSources {
  readonly source: string;
  readonly modules: Readonly<Record<string, { readonly source?: string | undefined }>>;
}

type Positioned = Pick<Fault, "file" | "line" | "column">;

const CONTEXT_LINES = 2;
const MAX_WIDTH = 200;

/** Adds the lines around the fault and around each of its causes. */
export function withCodeFrame(fault: Fault, sources: ScriptSources | undefined): Fault {
  const { causes } = fault;
  const framed = framedError(fault, sources);
  if (causes === undefined) return framed;
  return { ...framed, causes: causes.map((cause) => framedError(cause, sources)) };
}

/**
 * Adds the lines around the error, with the column marked. The position may be anything, since a script can write its
 * own stack.
 */
function framedError<Some extends Positioned>(
  error: Some,
  sources: ScriptSources | undefined,
): Some {
  const { line, column } = error;
  const source = sourceOf(error, sources);
  if (source === undefined || line === undefined || line < 1) return error;
  const lines = source.split("\n");
  const first = Math.max(1, line - CONTEXT_LINES);
  const shown = lines.slice(first - 1, line + CONTEXT_LINES).flatMap((text, index) => {
    const number = first + index;
    const row = `${number === line ? ">" : " "} ${String(number).padStart(4)} | ${text.slice(0, MAX_WIDTH)}`;
    return number === line && column !== undefined
      ? [row, `       | ${" ".repeat(Math.max(0, Math.min(column, MAX_WIDTH) - 1))}^`]
      : [row];
  });
  return { ...error, frame: shown.join("\n") };
}

/** The file name comes from a child, so it may be any text. */
function sourceOf({ file }: Positioned, sources: ScriptSources | undefined): string | undefined {
  if (file === undefined || sources === undefined) return sources?.source;
  return Object.hasOwn(sources.modules, file) ? sources.modules[file]?.source : undefined;
}
