/**
 * The guest: the code that runs inside isolates around every script, read once and sent to each child as it starts.
 * Its modules are put together into one script per runner: V8 shares the code of a script among all contexts of an
 * isolate, that of a module with none (a quarter of a context's memory and time).
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { type Import, parse, type StaticImport } from "es-module-lexer/js";

const FOLDER = new URL("./guest/", import.meta.url);
const RUNNERS = ["function-runner.ts", "match-runner.ts"];

/** By runner; the value of the script is the runner's exports. */
export const readGuestCode = (): Readonly<Record<string, string>> =>
  Object.fromEntries(RUNNERS.map((runner) => [runner, bundle(runner)]));

/** Each module becomes a function that is called once, behind those it imports: there are no cycles. */
function bundle(runner: string): string {
  const names = new Map<string, string>();
  const parts: string[] = [];
  const add = (url: URL): string => {
    const known = names.get(url.href);
    if (known !== undefined) return known;
    const code = stripTypeScriptTypes(readFileSync(url, "utf8"));
    const [imports, exports] = parse(code);
    const taken = imports.filter(isStatic).map((one) => {
      const from = add(new URL(one.specifier, url));
      return `const ${bindingsOf(code, one)} = ${from};`;
    });
    const name = `module${names.size}`;
    names.set(url.href, name);
    const given = exports.flatMap((one) => ("name" in one ? [one.name] : [])).join(", ");
    parts.push(
      `const ${name} = (() => { ${taken.join(" ")} ${bodyOf(code)}\nreturn { ${given} }; })();`,
    );
    return name;
  };
  const entry = add(new URL(runner, FOLDER));
  return `"use strict"; (() => { ${parts.join("\n")}\nreturn ${entry}; })();`;
}

const isStatic = (one: Import): one is StaticImport => one.type === "static";

/** `{ a, b as c }` of an import, as it stands in a destructuring. */
const bindingsOf = (code: string, { importStart, start }: StaticImport): string =>
  code
    .slice(code.indexOf("{", importStart), code.lastIndexOf("}", start) + 1)
    .replace(/\s+as\s+/g, ": ");

/** Without its imports, and without the word `export` before what it declares. */
function bodyOf(code: string): string {
  const [imports, exports] = parse(code);
  const cuts = [
    ...imports.filter(isStatic).map(({ importStart, importEnd }) => [importStart, importEnd]),
    ...exports.map(({ exportStart }) => [exportStart, exportStart + "export".length]),
  ];
  let body = code;
  for (const [from = 0, to = 0] of cuts.toSorted(([a = 0], [b = 0]) => b - a))
    body = body.slice(0, from) + body.slice(to);
  return body;
}
