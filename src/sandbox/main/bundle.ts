/**
 * Bundles modules into parts of one script. Loading them as modules takes Node a sixth of a child's start, and V8
 * shares the code of a script, but not that of a module, between the contexts of an isolate. Import cycles are not
 * supported.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { type Import, parse, type StaticImport } from "es-module-lexer/js";

/** The code is an expression that evaluates to the exports of a module. It may use the names of earlier parts. */
export interface Part {
  readonly name: string;
  readonly url: URL;
  readonly code: string;
}

/**
 * Each module after those it imports, `entry` last. `external` returns the expression for an import that is not a
 * file: `node:fs`.
 */
export function bundle(entry: URL, external: (specifier: string) => string): readonly Part[] {
  const parts: Part[] = [];
  const add = (url: URL): string => {
    const known = parts.find((part) => part.url.href === url.href);
    if (known !== undefined) return known.name;
    const code = stripTypeScriptTypes(readFileSync(url, "utf8"));
    const [imports, exports] = parse(code);
    const importLines = imports.filter(isStatic).map((one) => {
      const { specifier } = one;
      const from = specifier.startsWith(".") ? add(new URL(specifier, url)) : external(specifier);
      return `const ${bindingsOf(code, one)} = ${from};`;
    });
    const name = `module${parts.length}`;
    const exportNames = exports.flatMap((one) => ("name" in one ? [one.name] : [])).join(", ");
    const body = `${importLines.join(" ")} ${bodyOf(code)}\nreturn { ${exportNames} };`;
    parts.push({ name, url, code: `(() => { ${body} })()` });
    return name;
  };
  add(entry);
  return parts;
}

const isStatic = (one: Import): one is StaticImport => one.type === "static";

/** The bindings of an import as a destructuring pattern: `{ a: b }` for `{ a as b }`. */
function bindingsOf(code: string, { importStart, start }: StaticImport): string {
  const from = code.lastIndexOf("from", start);
  const bindings = code.slice(importStart + "import".length, from).trim();
  if (!/^(?:\w+|\{[^{}]*\})$/.test(bindings)) throw unsupported(code.slice(importStart, start));
  return bindings.replace(/\s+as\s+/g, ": ");
}

const unsupported = (form: string) =>
  new Error(
    `${form} cannot be bundled: import { … }, import name, and export before a declaration can`,
  );

/** The code without its imports and without the keyword `export`, with every line in its place. */
function bodyOf(code: string): string {
  const [imports, exports] = parse(code);
  const cuts = [
    ...imports.filter(isStatic).map(({ importStart, importEnd }) => [importStart, importEnd]),
    ...exports.map(({ exportStart }) => {
      const form = code.slice(exportStart, exportStart + 40);
      if (!/^export (?:async |abstract )?(?:const|function|class)\b/.test(form))
        throw unsupported(form);
      return [exportStart, exportStart + "export".length];
    }),
  ];
  let body = code;
  for (const [from = 0, to = 0] of cuts.toSorted(([a = 0], [b = 0]) => b - a))
    body = body.slice(0, from) + body.slice(from, to).replace(/[^\n]/g, "") + body.slice(to);
  return body;
}
