/** Blanks the types out of a script and keeps every other character in its place, or returns a fault. */
import type { Fault } from "../wire/protocol.ts";
import { BROKEN, type Stripped, strip } from "./type-stripper.ts";

type StripError = Exclude<Stripped, { code: string }>;

export async function stripTypes(text: string): Promise<{ readonly code: string } | Fault> {
  const stripped = await strip(text);
  if ("code" in stripped) return stripped;
  return {
    kind: "COMPILE_ERROR",
    name: "SyntaxError",
    message: explain(stripped),
    ...(await place(stripped, text)),
  };
}

/** TypeScript syntax that is not only types, by the words of the stripper's message, and what to write instead. */
const UNSUPPORTED_SYNTAX: readonly (readonly [words: RegExp, what: string, instead: string])[] = [
  [/\benum\b/, "an enum", 'write const Color = { red: "red", blue: "blue" } as const'],
  [
    /\bnamespace\b|\bmodule\b/,
    "a namespace with values",
    "write them as constants and functions of the file, or of one in _lib",
  ],
  [
    /parameter property/,
    "a parameter property",
    "declare the property in the class and assign it in the constructor",
  ],
  [/import equals/, "import … =", "write import … from"],
  [/export assignment/, "export =", "write export default"],
];

function explain({ message, errorCode }: StripError): string {
  // The stripper has no message for this: its stack overflowed, or it timed out.
  if (errorCode === BROKEN) return TOO_DEEP;
  // Its message speaks of the types of symbols.
  if (/'with' statement/.test(message)) return NO_WITH;
  const isUnsupported = errorCode === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX";
  const found = UNSUPPORTED_SYNTAX.find(([words]) => words.test(message));
  if (!isUnsupported || found === undefined) return message;
  const [, what, instead] = found;
  return `${what} is more than a type; scripts can use only the types of TypeScript: ${instead}`;
}

const NO_WITH =
  "with (…) is not allowed, because scripts run in strict mode: read the members of the object by its name";

/** The message for a text that must not be passed to the stripper again, in either style. */
export const TOO_DEEP =
  "the script cannot be parsed: it may be nested too deeply; use fewer levels";

type Place = Pick<Fault, "line" | "column">;

/**
 * The stripper puts the position into the stack: `:3` is the line, and a caret marks the column, except at the end of
 * the text.
 */
async function place(error: StripError, text: string): Promise<Place> {
  const { stack } = (await atPlainWidth(error, text)) ?? error;
  const [, line] = /^[^\n]*:(\d+)\n/.exec(stack) ?? [];
  const [, indent] = /^( *)\^+$/m.exec(stack) ?? [];
  if (line === undefined) return {};
  return { line: Number(line), ...(indent === undefined ? {} : { column: indent.length + 1 }) };
}

/**
 * The caret counts terminal columns, where tabs and many characters are wider, so the text is parsed again with
 * narrow ones.
 */
async function atPlainWidth(
  { message, errorCode }: StripError,
  text: string,
): Promise<StripError | undefined> {
  const plain = text.replace(/[^\n\r -~]/g, (unit) => (/\s/.test(unit) ? " " : "_"));
  if (plain === text || errorCode === BROKEN) return undefined;
  const stripped = await strip(plain);
  return "code" in stripped || stripped.message !== message ? undefined : stripped;
}
