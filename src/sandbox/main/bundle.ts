/**
 * Modules as parts of one script: what Node takes to load as many of them is a sixth of a child's start, and V8 shares
 * the code of a script among the contexts of an isolate, that of a module with none. There must be no cycles.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { type Import, parse, type StaticImport } from "es-module-lexer/js";

/** An expression whose value has the exports of a module. It may use the names of the parts before it. */
export interface Part {
  readonly name: string;
  readonly url: URL;
  readonly code: string;
}

/** Each module behind those it imports, `entry` last. `outside` is the expression for what is no file: `node:fs`. */
export function bundle(entry: URL, outside: (specifier: string) => string): readonly Part[] {
  const parts: Part[] = [];
  const add = (url: URL): string => {
    const known = parts.find((part) => part.url.href === url.href);
    if (known !== undefined) return known.name;
    const code = stripTypeScriptTypes(readFileSync(url, "utf8"));
    const [imports, exports] = parse(code);
    const taken = imports.filter(isStatic).map((one) => {
      const { specifier } = one;
      const from = specifier.startsWith(".") ? add(new URL(specifier, url)) : outside(specifier);
      return `const ${bindingsOf(code, one)} = ${from};`;
    });
    const name = `module${parts.length}`;
    const given = exports.flatMap((one) => ("name" in one ? [one.name] : [])).join(", ");
    const body = `${taken.join(" ")} ${bodyOf(code)}\nreturn { ${given} };`;
    parts.push({ name, url, code: `(() => { ${body} })()` });
    return name;
  };
  add(entry);
  return parts;
}

const isStatic = (one: Import): one is StaticImport => one.type === "static";

/** What stands between `import` and `from`, as it stands in a declaration: `{ a: b }` for `{ a as b }`. */
function bindingsOf(code: string, { importStart, start }: StaticImport): string {
  const from = code.lastIndexOf("from", start);
  const bindings = code.slice(importStart + "import".length, from).trim();
  if (!/^(?:\w+|\{[^{}]*\})$/.test(bindings)) throw unknown(code.slice(importStart, start));
  return bindings.replace(/\s+as\s+/g, ": ");
}

const unknown = (form: string) =>
  new Error(
    `${form} cannot be bundled: import { … }, import name, and export before a declaration can`,
  );

/** Without its imports, and without the word `export` before what it declares; every line where it was. */
function bodyOf(code: string): string {
  const [imports, exports] = parse(code);
  const cuts = [
    ...imports.filter(isStatic).map(({ importStart, importEnd }) => [importStart, importEnd]),
    ...exports.map(({ exportStart }) => {
      const form = code.slice(exportStart, exportStart + 40);
      if (!/^export (?:async |abstract )?(?:const|function|class)\b/.test(form))
        throw unknown(form);
      return [exportStart, exportStart + "export".length];
    }),
  ];
  let body = code;
  for (const [from = 0, to = 0] of cuts.toSorted(([a = 0], [b = 0]) => b - a))
    body = body.slice(0, from) + body.slice(from, to).replace(/[^\n]/g, "") + body.slice(to);
  return body;
}
