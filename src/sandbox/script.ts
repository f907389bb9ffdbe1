/** From a script as written to code an isolate can load: which style it is, types blanked out, positions kept. */
import { stripTypeScriptTypes } from "node:module";
import { VARIABLES } from "./guest/flexdeploy-variables.ts";
import type { Fault } from "./protocol.ts";

export type ScriptStyle = "module" | "flexdeploy";

export interface PreparedScript {
  readonly style: ScriptStyle;
  readonly code: string;
}

const COMMENTS_AND_TEXTS =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;
const EXPORT = /(?:^|[;}\n])\s*export\b/;

/** A script without `export` is a body with FlexDeploy's variables. */
export function styleOf(source: string): ScriptStyle {
  return EXPORT.test(source.replace(COMMENTS_AND_TEXTS, " ")) ? "module" : "flexdeploy";
}

/** Names a property may not have: it would hide a variable of scripts, or could not be one. */
export function propertyNameProblem(name: string): string | undefined {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return "it is not an identifier (letters, digits, _ and $)";
  if (VARIABLES.some((variable) => variable === name))
    return "it would hide FlexDeploy's variable of that name";
  if (name in globalThis || RESERVED.has(name)) return "it would hide a name of the language";
  return undefined;
}

const RESERVED = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof undefined var void while with yield"
  ).split(" "),
);

/** Wraps and strips. The wrapper of a script body is one line before it, which the loader subtracts again. */
export function prepareScript(
  source: string,
  propertyNames: readonly string[],
): PreparedScript | Fault {
  const style = styleOf(source);
  const parameters = [...VARIABLES, ...propertyNames].join(",");
  const wrapped =
    style === "module" ? source : `export default async function(${parameters}){\n${source}\n}`;
  try {
    return { style, code: stripTypeScriptTypes(wrapped) };
  } catch (error) {
    return syntaxFault(error, style === "module" ? 0 : 1);
  }
}

/** The stripper puts the place in the stack: `:3`, the line, and a caret under the column. */
function syntaxFault(error: unknown, linesBefore: number): Fault {
  const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  const [, line, caret] = /^[^\n]*:(\d+)\n(?:[^\n]*\n)*?( *)\^/.exec(stack) ?? [];
  const place =
    line === undefined
      ? {}
      : { line: Number(line) - linesBefore, column: (caret ?? "").length + 1 };
  return {
    kind: "COMPILE_ERROR",
    name: "SyntaxError",
    message,
    ...place,
  };
}

const CONTEXT_LINES = 2;

/** The lines around a fault as its author wrote them, the column marked. */
export function withCodeFrame(fault: Fault, source: string): Fault {
  const { line, column } = fault;
  if (line === undefined || line < 1) return fault;
  const lines = source.split("\n");
  const first = Math.max(1, line - CONTEXT_LINES);
  const shown = lines.slice(first - 1, line + CONTEXT_LINES).flatMap((text, index) => {
    const number = first + index;
    const row = `${number === line ? ">" : " "} ${String(number).padStart(4)} | ${text.slice(0, 200)}`;
    return number === line && column !== undefined
      ? [row, `       | ${" ".repeat(Math.min(column, 200) - 1)}^`]
      : [row];
  });
  return { ...fault, frame: shown.join("\n") };
}
