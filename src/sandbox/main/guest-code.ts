/** Builds the guest: the code that runs in every isolate around the scripts. It is part of the child's program. */
import { bundle } from "./bundle.ts";

const FOLDER = new URL("../guest/", import.meta.url);
const RUNNERS = ["function-runner.ts", "match-runner.ts"];

/** The code by runner. It evaluates to the runner's exports. */
export const readGuestCode = (): Readonly<Record<string, string>> =>
  Object.fromEntries(RUNNERS.map((runner) => [runner, scriptOf(runner)]));

function scriptOf(runner: string): string {
  const parts = bundle(new URL(runner, FOLDER), noExternal);
  const lines = parts.map(({ name, code }) => `const ${name} = ${code};`);
  return `"use strict"; (() => { ${lines.join("\n")}\nreturn ${parts.at(-1)?.name}; })();`;
}

function noExternal(specifier: string): never {
  throw new Error(`the guest imports ${specifier}: an isolate has no modules of Node`);
}
