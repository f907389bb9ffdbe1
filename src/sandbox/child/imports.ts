/** Which module an import of a script means: one of those sent with it, and nothing else there is. */
import { posix } from "node:path";
import type { ChildScript } from "../wire/protocol.ts";

/** Main has refused every other import before: this one is the wall behind it. */
export function scriptLinker<Module>(
  script: Pick<ChildScript, "filename" | "modules">,
  entry: Module,
  compile: (code: string, filename: string) => Module,
): (specifier: string, referrer: Module) => Module {
  const paths = new Map<Module, string>([[entry, script.filename]]);
  const known = new Map<string, Module>();
  return (specifier, referrer) => {
    const path = posix.join(posix.dirname(paths.get(referrer) ?? ""), specifier);
    const before = known.get(path);
    if (before !== undefined) return before;
    const code = Object.hasOwn(script.modules, path) ? script.modules[path] : undefined;
    if (code === undefined) throw new TypeError(`cannot import "${specifier}": it was not sent`);
    const module = compile(code, path);
    known.set(path, module);
    paths.set(module, path);
    return module;
  };
}
