/** Reads the imports of a script, and refuses those that scripts cannot use. */
import { type Import, parse, type StaticImport } from "es-module-lexer/js";
import type { Fault } from "../wire/protocol.ts";

interface Lexed {
  readonly imports: readonly Import[];
  /** `*` for `export * from …`. */
  readonly exports: readonly { readonly name: string; readonly typeOnly: boolean }[];
  /** True if there is an `export`, even an empty one. */
  readonly isExporting: boolean;
}

/** Undefined if the lexer cannot read the text; the compiler explains why. */
export function lex(text: string): Lexed | undefined {
  try {
    const [imports, exports, , hasModuleSyntax] = parse(text);
    const isExporting =
      exports.length > 0 || (hasModuleSyntax && imports.every(({ type }) => type === "dynamic"));
    const names = exports.map((one) => ({
      name: one.type === "reexport-all" ? "*" : one.name,
      typeOnly: one.typeOnly,
    }));
    return { imports, exports: names, isExporting };
  } catch {
    return undefined;
  }
}

export const isStatic = (one: Import): one is StaticImport =>
  one.type === "static" || one.type === "reexport-star";

/** Line and column of a character, counted from 1. */
export function placeAt(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index);
  return { line: before.split("\n").length, column: index - before.lastIndexOf("\n") };
}

export const importFault = (message: string, place: Pick<Fault, "line" | "column">): Fault => ({
  kind: "COMPILE_ERROR",
  name: "ImportError",
  message,
  ...place,
});

/** An import of a file, with the position of its specifier. */
export interface FileImport {
  readonly specifier: string;
  readonly line: number;
  readonly column: number;
}

export interface ReadImports {
  /** The code without imports of types only. */
  readonly code: string;
  readonly imports: readonly FileImport[];
}

/**
 * Reads the imports of `text`; `stripped` is the same text with its types blanked out. An import that the lexer
 * cannot read is refused later by the isolate, with a shorter message.
 */
export function readImports(text: string, stripped: string): ReadImports | Fault {
  let code = stripped;
  const imports: FileImport[] = [];
  for (const one of lex(stripped)?.imports ?? []) {
    const problem = problemOf(one);
    if (isStatic(one) && isOnlyTypes(one, text, stripped)) code = withoutImport(one, code);
    else if (problem !== undefined) return importFault(problem, placeAt(text, one.importStart));
    else if (isStatic(one))
      imports.push({ specifier: one.specifier, ...placeAt(text, one.start - 1) });
  }
  return { code, imports };
}

function problemOf(one: Import): string | undefined {
  if (one.type === "dynamic") {
    return "import() is not available in scripts: write an import declaration at the top instead";
  }
  if (one.type === "import-meta") {
    return "import.meta holds nothing in scripts: leave it out";
  }
  if (one.phase !== null)
    return `import ${one.phase} is not available in scripts: leave the word out`;
  if (one.attributes === null) return undefined;
  return "import attributes (with { … }) are not available in scripts: leave them out";
}

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

/** The stripper turns `import { type A } from …` into `import { } from …`, which would still load the module. */
function isOnlyTypes(
  { importStart, start }: StaticImport,
  text: string,
  stripped: string,
): boolean {
  const remaining = stripped.slice(importStart, start);
  if (remaining === text.slice(importStart, start)) return false;
  return /^(?:import|export)\s*\{[\s,]*\}\s*from\s*["']$/.test(remaining.replace(COMMENT, " "));
}

function withoutImport({ importStart, importEnd }: StaticImport, code: string): string {
  const blank = code.slice(importStart, importEnd).replace(/[^\n\r]/g, " ");
  return code.slice(0, importStart) + blank + code.slice(importEnd);
}
