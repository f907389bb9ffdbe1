/** Improves V8's message for compile errors, with the file and a remedy. */
import { posix } from "node:path";
import type { Fault } from "../wire/protocol.ts";
import { isStatic, lex, placeAt } from "./module-imports.ts";

interface WrittenFile {
  readonly source: string;
  readonly code: string;
}
/** A linked script with its file name. */
export interface LoadedScript extends WrittenFile {
  readonly filename: string;
  readonly modules: Readonly<Record<string, WrittenFile>>;
}

export function explainFault(fault: Fault, script: LoadedScript): Fault {
  if (fault.kind !== "COMPILE_ERROR") return fault;
  return missingExport(fault, script) ?? decorator(fault, script) ?? fault;
}

/** The path comes from a child or from a message, so it may be any text. */
const moduleAt = (path: string, { modules }: LoadedScript): WrittenFile | undefined =>
  Object.hasOwn(modules, path) ? modules[path] : undefined;

/** V8 and the type stripper report a decorator only as an unexpected `@`. */
function decorator(fault: Fault, script: LoadedScript): Fault | undefined {
  const { file = "", line = 0, column = 0 } = fault;
  const { source } = moduleAt(file, script) ?? script;
  if (source.split("\n")[line - 1]?.[column - 1] !== "@") return undefined;
  const message =
    "decorators (@…) are not supported by JavaScript yet: call the function they name with the class or method instead";
  return { ...fault, message };
}

/** V8's message, which has neither file nor position. */
const MISSING_EXPORT =
  /^The requested module '([^']+)' does not provide an export named '([^']+)'$/;

/** Finds the import with that specifier whose file lacks the name. */
function missingExport(fault: Fault, script: LoadedScript): Fault | undefined {
  const [, specifier, name] = MISSING_EXPORT.exec(fault.message) ?? [];
  if (specifier === undefined || name === undefined) return undefined;
  const files = [[script.filename, script] as const, ...Object.entries(script.modules)];
  for (const [path, { source, code }] of files) {
    const imported = lex(code)
      ?.imports.filter(isStatic)
      .find((one) => one.specifier === specifier);
    const target = moduleAt(posix.join(posix.dirname(path), specifier), script);
    if (imported === undefined || target === undefined || exportsOf(target.code).includes(name)) {
      continue;
    }
    const { importStart, start } = imported;
    const word = new RegExp(`(?<![\\w$])${RegExp.escape(name)}(?![\\w$])`);
    const at = importStart + Math.max(0, code.slice(importStart, start).search(word));
    const where = path === script.filename ? {} : { file: path };
    const message = `${JSON.stringify(specifier)} ${remedy(name, target)}`;
    return { ...fault, name: "ImportError", message, ...where, ...placeAt(source, at) };
  }
  return undefined;
}

const exportsOf = (text: string) => lex(text)?.exports.map(({ name }) => name) ?? [];

function remedy(name: string, { source, code }: WrittenFile): string {
  if (exportsOf(source).includes(name)) {
    return `exports ${name} only as a type: write type ${name} in the import`;
  }
  const names = exportsOf(code).join(", ");
  const missing = name === "default" ? "no default export" : `no ${JSON.stringify(name)}`;
  return `has ${missing}; it exports ${names === "" ? "nothing" : names}`;
}
