/**
 * Turns a script into code that an isolate can load: detects its style and blanks out its types. Positions stay the
 * same.
 */
import { parametersOf, VARIABLES } from "../guest/flexdeploy-variables.ts";
import type { Fault } from "../wire/protocol.ts";
import {
  importFault,
  isStatic,
  lex,
  placeAt,
  type ReadImports,
  readImports,
} from "./module-imports.ts";
import { stripTypes, TOO_DEEP } from "./strip-types.ts";
import type { StripTypes } from "./type-cache.ts";

export type ScriptStyle = "module" | "flexdeploy";

export interface PreparedScript extends ReadImports {
  readonly style: ScriptStyle;
}

/** Why a property may not have this name; undefined if it may. */
export function propertyNameProblem(name: string): string | undefined {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return "it is not an identifier (letters, digits, _ and $)";
  if (VARIABLES.some((variable) => variable === name))
    return "it would hide FlexDeploy's variable of that name";
  if (name in globalThis || RESERVED.has(name)) return "it would hide a name of the language";
  return undefined;
}

const RESERVED = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof undefined var void while with yield"
  ).split(" "),
);

/**
 * A script without `export` is the body of a function with FlexDeploy's variables. The lexer guesses the style and
 * the parser decides: a body cannot contain an `export`, and a module no `return`.
 */
export async function prepareScript(
  source: string,
  propertyNames: readonly string[],
  strip: StripTypes = stripTypes,
): Promise<PreparedScript | Fault> {
  const lexed = lex(source);
  const asModule = () => prepareModule(source, strip);
  const asBody = () => prepareBody(source, propertyNames, strip);
  const [likely, other] = lexed?.isExporting === true ? [asModule, asBody] : [asBody, asModule];
  const first = await likely();
  if (!("kind" in first) || first.message === TOO_DEEP) return first;
  const second = await other();
  if (!("kind" in second) && lex(second.code)?.isExporting !== false) return second;
  const imported = lexed?.imports.find(isStatic);
  if (lexed?.isExporting === false && imported !== undefined) {
    return importFault(IMPORTS_ONLY, placeAt(source, imported.importStart));
  }
  if (lexed !== undefined || !("kind" in second)) return first;
  return isAboutStyle(first) || isLater(second, first) ? second : first;
}

const IMPORTS_ONLY =
  "a script with an import needs an export too: write export default (event, ctx) => { … } around what it does. Without export it is a FlexDeploy script, which cannot import";

export function prepareModule(source: string, strip: StripTypes): Promise<PreparedScript | Fault> {
  return prepare("module", source, strip);
}

/** The wrapper adds one line before the script, which the loader subtracts. */
async function prepareBody(
  source: string,
  propertyNames: readonly string[],
  strip: StripTypes,
): Promise<PreparedScript | Fault> {
  const parameters = parametersOf(propertyNames).join(",");
  // The inner function lets a script declare variables with the names of the parameters.
  const before = `export default async function(${parameters}){return(async function(){\n`;
  const prepared = await prepare("flexdeploy", `${before}${source}${BODY_END}`, strip);
  if (!("kind" in prepared) && !isAround(prepared.code, before)) return NOT_A_BODY;
  if (!("kind" in prepared) || prepared.line === undefined) return prepared;
  const [line, lines] = [prepared.line - 1, source.split("\n").length];
  if (line <= lines) return { ...prepared, line };
  // A missing token at the end is reported after the wrapper's last line, in terms of the wrapper.
  return { ...prepared, line: lines, message: "Expected '}', found the end of the script" };
}

/** The end of the wrapper. */
const BODY_END = "\n}).call(this)}";
const NOT_A_BODY: Fault = {
  kind: "COMPILE_ERROR",
  name: "SyntaxError",
  message: "the script is not the whole body of a function: its last type is not finished",
};

/** The wrapper must still be around the script. `one-body.ts` takes it off again. */
const isAround = (code: string, before: string): boolean =>
  code.startsWith(before) && code.endsWith(BODY_END);

async function prepare(
  style: ScriptStyle,
  text: string,
  strip: StripTypes,
): Promise<PreparedScript | Fault> {
  const stripped = await strip(text);
  if ("kind" in stripped) return stripped;
  const read = readImports(text, stripped.code);
  return "kind" in read ? read : { style, ...read };
}

/** The parser's message for an `export` in a body: then the script is an incomplete module. */
const isAboutStyle = ({ message }: Fault) => message.startsWith("'import', and 'export' cannot");

/**
 * Parsed in the wrong style, a script fails at its first `export` or `return`; parsed in the right one, it fails
 * later, at the actual error.
 */
function isLater(one: Fault, other: Fault): boolean {
  const lines = (one.line ?? 0) - (other.line ?? 0);
  return lines > 0 || (lines === 0 && (one.column ?? 0) > (other.column ?? 0));
}
