/** Resolves the imports of a script, only to modules that were sent with it. */
import { posix } from "node:path";
import type { ChildScript } from "../wire/protocol.ts";

/** Main has already refused every other import; this is the second line of defence. */
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
