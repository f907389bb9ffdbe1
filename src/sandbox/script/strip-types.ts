/** Blanks types out of a script, every other character left in its place, or says why that cannot be done. */
import type { Fault } from "../wire/protocol.ts";
import { BROKEN, type Stripped, strip } from "./type-stripper.ts";

type Refusal = Exclude<Stripped, { code: string }>;

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

/** TypeScript that is code and not only types, by the stripper's words for it, and what to write instead. */
const MORE_THAN_TYPES: readonly (readonly [words: RegExp, what: string, instead: string])[] = [
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

function explain({ message, errorCode }: Refusal): string {
  // The stripper has no word for it: its stack overflows, or it tries more and more ways to read a text.
  if (errorCode === BROKEN) return TOO_DEEP;
  const isUnsupported = errorCode === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX";
  const found = MORE_THAN_TYPES.find(([words]) => words.test(message));
  if (!isUnsupported || found === undefined) return message;
  const [, what, instead] = found;
  return `${what} is more than a type, and of TypeScript scripts can use only types: ${instead}`;
}

/** Said of a text that the stripper cannot be asked about again, in whatever style. */
export const TOO_DEEP = "the script cannot be read: it may be nested too deeply, write it flatter";

type Place = Pick<Fault, "line" | "column">;

/** The stripper puts the place in the stack: `:3`, the line, and a caret under the column, unless that is the end. */
async function place(refusal: Refusal, text: string): Promise<Place> {
  const { stack } = (await atPlainWidth(refusal, text)) ?? refusal;
  const [, line] = /^[^\n]*:(\d+)\n/.exec(stack) ?? [];
  const [, indent] = /^( *)\^+$/m.exec(stack) ?? [];
  if (line === undefined) return {};
  return { line: Number(line), ...(indent === undefined ? {} : { column: indent.length + 1 }) };
}

/** Its caret counts the columns of a terminal, where tabs and many letters are wider: asked again with narrow ones. */
async function atPlainWidth(
  { message, errorCode }: Refusal,
  text: string,
): Promise<Refusal | undefined> {
  const plain = text.replace(/[^\n\r -~]/g, (unit) => (/\s/.test(unit) ? " " : "_"));
  if (plain === text || errorCode === BROKEN) return undefined;
  const stripped = await strip(plain);
  return "code" in stripped || stripped.message !== message ? undefined : stripped;
}
