/** Blanks types out of a script, every other character left in its place, or says why that cannot be done. */
import { stripTypeScriptTypes } from "node:module";
import type { Fault } from "./protocol.ts";

export function stripTypes(text: string): { readonly code: string } | Fault {
  try {
    return { code: stripTypeScriptTypes(text) };
  } catch (error) {
    return {
      kind: "COMPILE_ERROR",
      name: "SyntaxError",
      message: explain(error),
      ...place(error, text),
    };
  }
}

/** TypeScript that is code and not only types, by the stripper's words for it, and what to write instead. */
const MORE_THAN_TYPES: readonly (readonly [words: RegExp, what: string, instead: string])[] = [
  [/\benum\b/, "an enum", 'write const Color = { red: "red", blue: "blue" } as const'],
  [
    /\bnamespace\b|\bmodule\b/,
    "a namespace with values",
    "write them as constants and functions of the file, or of one in _lib",
  ],
  [
    /parameter property/,
    "a parameter property",
    "declare the property in the class and assign it in the constructor",
  ],
  [/import equals/, "import … =", "write import … from"],
  [/export assignment/, "export =", "write export default"],
];

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isUnsupported = "code" in error && error.code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX";
  const found = MORE_THAN_TYPES.find(([words]) => words.test(error.message));
  if (!isUnsupported || found === undefined) return error.message;
  const [, what, instead] = found;
  return `${what} is more than a type, and of TypeScript scripts can use only types: ${instead}`;
}

type Place = Pick<Fault, "line" | "column">;

/** The stripper puts the place in the stack: `:3`, the line, and a caret under the column, unless that is the end. */
function place(error: unknown, text: string): Place {
  const { stack = "" } = error instanceof Error ? (atPlainWidth(error, text) ?? error) : {};
  const [, line] = /^[^\n]*:(\d+)\n/.exec(stack) ?? [];
  const [, indent] = /^( *)\^+$/m.exec(stack) ?? [];
  if (line === undefined) return {};
  return { line: Number(line), ...(indent === undefined ? {} : { column: indent.length + 1 }) };
}

/** Its caret counts the columns of a terminal, where tabs and many letters are wider: asked again with narrow ones. */
function atPlainWidth({ message }: Error, text: string): Error | undefined {
  const plain = text.replace(/[^\n\r -~]/g, (unit) => (/\s/.test(unit) ? " " : "_"));
  if (plain === text) return undefined;
  try {
    stripTypeScriptTypes(plain);
    return undefined;
  } catch (error) {
    return error instanceof Error && error.message === message ? error : undefined;
  }
}
