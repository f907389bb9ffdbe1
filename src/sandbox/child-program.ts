/**
 * What a child runs, as one text for its standard input. Its modules come with their types removed already: Node's own
 * way of removing them would cost every child 18 MB and a tenth of a second.
 */
import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";

const HERE = new URL(".", import.meta.url);
const ENTRY = new URL("child/main.ts", HERE);

export function readChildProgram(): string {
  const names = readdirSync(HERE, { recursive: true, encoding: "utf8" });
  const sources = Object.fromEntries(
    names
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
      .map((name) => new URL(name, HERE))
      .map((url) => [url.href, stripTypeScriptTypes(readFileSync(url, "utf8"))]),
  );
  return `
    import { registerHooks } from "node:module";
    const sources = ${JSON.stringify(sources)};
    registerHooks({
      load: (url, context, next) => Object.hasOwn(sources, url)
        ? { format: "module", source: sources[url], shortCircuit: true }
        : next(url, context),
    });
    await import(${JSON.stringify(ENTRY.href)});
  `;
}
