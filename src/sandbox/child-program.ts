/**
 * What a child runs, as one text for its standard input. Its modules come with their types removed already: Node's own
 * way of removing them would cost every child 18 MB and a tenth of a second.
 */
import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";

const HERE = new URL(".", import.meta.url);
/** What children have in common with main and with the guest. One that is missing here would only cost them time. */
const SHARED = [
  "entry-mark.ts",
  "frames.ts",
  "kept-sets.ts",
  "run-time.ts",
  "text-codec.ts",
  "guest/flexdeploy-variables.ts",
  "guest/match-steps.ts",
];
const ENTRY = new URL("child/main.ts", HERE);

export function readChildProgram(): string {
  const own = readdirSync(new URL("child", HERE), { recursive: true, encoding: "utf8" });
  const names = [...own.map((name) => `child/${name}`), ...SHARED];
  const sources = Object.fromEntries(
    names
      .filter((name) => name.endsWith(".ts"))
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
