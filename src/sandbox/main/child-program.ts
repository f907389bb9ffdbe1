/**
 * What a child runs, as one script for its standard input. Its types are removed already: Node's own way of removing
 * them would cost every child 18 MB and a tenth of a second.
 */
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";
import { readGuestCode } from "./guest-code.ts";

const ENTRY = new URL("../child/main.ts", import.meta.url);

/** Each module is compiled by itself, so that the stack of an error names its file and line. */
export function readChildProgram(): string {
  const parts = bundle(ENTRY, outside);
  const lines = parts.map(({ name, url, code }) => {
    const named = `${code}\n//# sourceURL=${url}`;
    return `const ${name} = eval(${JSON.stringify(named)});`;
  });
  const start = `${parts.at(-1)?.name}.start(${JSON.stringify(readGuestCode())});`;
  return `"use strict";\n${lines.join("\n")}\n${start}`;
}

const outside = (specifier: string): string =>
  specifier.startsWith("node:")
    ? `process.getBuiltinModule(${JSON.stringify(specifier)})`
    : `require(${JSON.stringify(fileURLToPath(import.meta.resolve(specifier)))})`;
