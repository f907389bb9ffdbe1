/**
 * Builds the program of a child, as one script for its standard input. Its types are removed here: if Node removed
 * them, every child would need 18 MB and 0.1 s more.
 */
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";
import { readGuestCode } from "./guest-code.ts";

const ENTRY = new URL("../child/main.ts", import.meta.url);

/** Each module is compiled separately, so that stacks name its file and line. */
export function readChildProgram(): string {
  const parts = bundle(ENTRY, external);
  const lines = parts.map(({ name, url, code }) => {
    const named = `${code}\n//# sourceURL=${url}`;
    return `const ${name} = eval(${JSON.stringify(named)});`;
  });
  const start = `${parts.at(-1)?.name}.start(${JSON.stringify(readGuestCode())});`;
  return `"use strict";\n${lines.join("\n")}\n${start}`;
}

const external = (specifier: string): string =>
  specifier.startsWith("node:")
    ? `process.getBuiltinModule(${JSON.stringify(specifier)})`
    : `require(${JSON.stringify(fileURLToPath(import.meta.resolve(specifier)))})`;
