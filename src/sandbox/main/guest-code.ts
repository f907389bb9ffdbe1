/** The guest: the code that runs inside isolates around every script, which each child has in its program. */
import { bundle } from "./bundle.ts";

const FOLDER = new URL("../guest/", import.meta.url);
const RUNNERS = ["function-runner.ts", "match-runner.ts"];

/** By runner; the value of the script is the runner's exports. */
export const readGuestCode = (): Readonly<Record<string, string>> =>
  Object.fromEntries(RUNNERS.map((runner) => [runner, scriptOf(runner)]));

function scriptOf(runner: string): string {
  const parts = bundle(new URL(runner, FOLDER), noOutside);
  const lines = parts.map(({ name, code }) => `const ${name} = ${code};`);
  return `"use strict"; (() => { ${lines.join("\n")}\nreturn ${parts.at(-1)?.name}; })();`;
}

function noOutside(specifier: string): never {
  throw new Error(`the guest imports ${specifier}: there is nothing of Node in an isolate`);
}
