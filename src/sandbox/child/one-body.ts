/**
 * Checks that a FlexDeploy script is the body of one function. A script may close the function that is wrapped around
 * it and open another, `return 1; }), (function () { return 7;`: then parts of it would run that its author did not
 * see as parts, or would not run.
 */
import type { ChildScript } from "../wire/protocol.ts";
import { readThrown } from "./fault.ts";

/**
 * After a `}` that ends the function early, a declaration must be followed by a statement, and a method by a comma or
 * a brace. No text does both.
 */
const WRAPPERS = [
  (body: string) => `async function body() {\n${body}\n}`,
  (body: string) => `({ async body() {\n${body}\n} })`,
];

const POSITION = /(?: \[[^\][]+\])?$/;
const REASON =
  ": a script without export is the body of one function, and a } without its { ends that function before this place";

/** Throws the SyntaxError if the wrapped script, which itself compiles, is more than one body. */
export function assertOneBody(
  { code, style }: ChildScript,
  compile: (code: string) => unknown,
): void {
  if (style !== "flexdeploy") return;
  // The wrapper has no further line breaks; see `prepareBody`.
  const body = code.slice(code.indexOf("\n") + 1, code.lastIndexOf("\n"));
  for (const wrap of WRAPPERS)
    try {
      compile(wrap(body));
    } catch (error) {
      const { message } = readThrown(error);
      const explained = message.replace(POSITION, (position) => REASON + position);
      throw new SyntaxError(explained, { cause: error });
    }
}
