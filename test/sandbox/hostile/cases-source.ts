/**
 * Scripts with invalid or extreme source text. They are checked when they are saved, partly by main itself, so the
 * tests check that the last good version stays active and that main is not blocked.
 */
import type { Style } from "./script.ts";

export interface HostileSource {
  readonly name: string;
  readonly sources: Readonly<Partial<Record<Style, string>>>;
  /** Whether the text becomes the next version. `result` is its result. */
  readonly ends: "refused" | "accepted" | "either";
  readonly result?: unknown;
  /** Why there is no text in the other style, or why both outcomes are right. */
  readonly why?: string;
}

const ONLY_BODY = "a FlexDeploy body is always a separate function";
const CLOSES = "in a module the author writes all the braces, and these are a program of their own";
const RUNS_LATER = "a FlexDeploy body is the function: its statements run only when it is called";

/** The same statements in both styles. */
const both = (statements: string): HostileSource["sources"] => ({
  module: `export default async () => {\n${statements}\n};\n`,
  flexdeploy: `${statements}\n`,
});

const refused = (name: string, sources: HostileSource["sources"], why?: string): HostileSource => ({
  name,
  sources,
  ends: "refused",
  ...(why === undefined ? {} : { why }),
});

const accepted = (name: string, statements: string, result: unknown): HostileSource => ({
  name,
  sources: both(statements),
  ends: "accepted",
  result,
});

const either = (name: string, sources: HostileSource["sources"], why: string): HostileSource => ({
  name,
  sources,
  ends: "either",
  why,
});

const DEEP = "V8 and the type stripper have different limits of depth";

export const SOURCES: readonly HostileSource[] = [
  refused("two values in a row", both("return true true;")),
  refused("a string without an end", both("return 'x;")),
  refused("a template without an end", both("return `x;")),
  refused("a comment without an end", both("return 1; /*")),
  refused("a regular expression that is none", both("return /(/;")),
  refused("a body that closes itself and opens a block", { flexdeploy: "return 1; }; {" }, CLOSES),
  refused("a body with code behind its end", { flexdeploy: "} for (;;); {" }, CLOSES),
  refused(
    "a body with another export behind its end",
    { flexdeploy: "return 1; }\nvoid function () {" },
    CLOSES,
  ),
  refused("syntax of sloppy mode", both("with (Math) return abs(010);")),
  refused("types that cannot be blanked out", both("enum Colour { Red } return Colour.Red;")),
  refused("an undeclared private name", both("return {}.#x;")),
  refused("a stray break", both("break;")),
  refused("an import inside", both('import fs from "node:fs"; return fs;')),
  refused("JSON", { module: 'export default {"a": 1};', flexdeploy: '{"a": 1, "b": [1, 2]}' }),
  refused("NUL between two words", both("return\u0000 1;")),
  refused("half a surrogate as a name", both("const \\ud800 = 1; return 1;")),
  refused("a program of another language", both("import os\nprint(os.environ)")),
  refused("native syntax of V8", both("return %DebugPrint(1);")),
  refused(
    "an import",
    { module: 'import fs from "node:fs";\nexport default () => fs;' },
    ONLY_BODY,
  ),
  refused(
    "an import of isolated-vm",
    { module: 'import ivm from "isolated-vm";\nexport default () => ivm;' },
    ONLY_BODY,
  ),
  refused(
    "an import of itself",
    { module: 'import self from "./index.ts";\nexport default () => self;' },
    ONLY_BODY,
  ),
  refused(
    "an import of the sandbox's own modules",
    { module: 'import { hostPost } from "./bridge.ts";\nexport default () => hostPost;' },
    ONLY_BODY,
  ),
  refused("an export from elsewhere", { module: 'export { default } from "node:fs";' }, ONLY_BODY),
  refused(
    "an export of everything from elsewhere",
    { module: 'export * from "node:process";\nexport default () => 1;' },
    ONLY_BODY,
  ),
  refused("no default export", { module: "export const run = () => 1;" }, ONLY_BODY),
  refused("a default export that is no function", { module: "export default 1;" }, ONLY_BODY),
  refused(
    "a default export that is a class, called as a function",
    { module: "export default { run() {} };" },
    ONLY_BODY,
  ),
  refused(
    "two default exports",
    { module: "export default () => 1;\nexport default () => 2;" },
    ONLY_BODY,
  ),
  refused(
    "a default export whose getter throws",
    { module: "export { x as default };\nlet x = (() => { throw new Error('x'); })();" },
    RUNS_LATER,
  ),
  refused(
    "an error as it is loaded",
    { module: "null.boom;\nexport default () => 1;" },
    RUNS_LATER,
  ),
  refused("a loop as it is loaded", { module: "for (;;);\nexport default () => 1;" }, RUNS_LATER),
  refused(
    "a loop of microtasks as it is loaded",
    {
      module:
        "const again = () => Promise.resolve().then(again);\nawait again();\nexport default () => 1;",
    },
    RUNS_LATER,
  ),
  refused(
    "a wait without end as it is loaded",
    { module: "await new Promise(() => {});\nexport default () => 1;" },
    RUNS_LATER,
  ),
  refused(
    "growth as it is loaded",
    {
      module:
        "const all = [];\nfor (;;) all.push(new Array(1000).fill([]));\nexport default () => 1;",
    },
    RUNS_LATER,
  ),
  refused(
    "a growing Map as it is loaded",
    {
      module:
        "const all = new Map();\nfor (let n = 0; ; n++) all.set(n, n);\nexport default () => 1;",
    },
    RUNS_LATER,
  ),
  refused(
    "a BigInt without end as it is loaded",
    {
      module:
        "let n = 3n;\nfor (;;) n = (n ** 5n) % (1n << 3_000_000n) + 3n;\nexport default () => 1;",
    },
    RUNS_LATER,
  ),
  refused(
    "an unhandled rejection while it is loaded",
    { module: "Promise.reject(new Error('floating'));\nexport default () => 1;" },
    RUNS_LATER,
  ),
  refused("nothing", { module: "export {};" }, ONLY_BODY),
  accepted("names of another script", "const π = 3, ªº = 4, \\u{61}b = 5; return π + ªº + ab;", 12),
  accepted("texts that run backwards", "const text = '\u202Etxet\u202C'; return text.length;", 6),
  accepted(
    "NUL and odd spaces in texts",
    "const text = 'a\\0\\u2028\u2028\ufeffb'; return text.length;",
    6,
  ),
  accepted("a mark of byte order at its start", "\ufeffreturn 1;", 1),
  accepted(
    "line ends of every kind",
    "const a = 1;\r\nconst b = 2;\rconst c = 3;\u2028return a + b + c;",
    6,
  ),
  accepted(
    "words of its wrapper",
    "const event = 1, ctx = 2, install = 3, invoke = 4; return event + ctx + install + invoke;",
    10,
  ),
  accepted(
    "an export inside a string",
    "return `\nexport default 1;`.length + /export default/.source.length;",
    32,
  ),
  accepted(
    "a thousand functions",
    `${Array.from({ length: 1000 }, (_, n) => `function f${n}() { return ${n}; }`).join("\n")}\nreturn f999();`,
    999,
  ),
];

/** Texts that are hard on parsers in main, where a failure would affect all scripts. */
export const HARD_SOURCES: readonly HostileSource[] = [
  either("two thousand brackets", both(`return ${"(".repeat(2000)}1${")".repeat(2000)};`), DEEP),
  either(
    "a hundred thousand brackets",
    both(`return ${"(".repeat(100_000)}1${")".repeat(100_000)};`),
    DEEP,
  ),
  either(
    "a hundred thousand arrays in one another",
    both(`return ${"[".repeat(100_000)}${"]".repeat(100_000)}.length;`),
    DEEP,
  ),
  either(
    "a hundred thousand blocks in one another",
    both(`${"{".repeat(100_000)}${"}".repeat(100_000)} return 1;`),
    DEEP,
  ),
  either("fifty thousand additions", both(`return ${"1+".repeat(50_000)}1;`), DEEP),
  either(
    "fifty thousand templates in one another",
    both(`return ${`\`\${`.repeat(50_000)}1${"}`".repeat(50_000)};`),
    DEEP,
  ),
  either(
    "a chain of a hundred thousand calls",
    both(`return [1]${".concat([])".repeat(100_000)}.length;`),
    DEEP,
  ),
  accepted("two hundred thousand empty lines", `${"\n".repeat(200_000)}return 1;`, 1),
  either(
    "a hundred thousand comments that do not end",
    both(`return 1; ${"/*".repeat(100_000)}`),
    "it is no script, and looking at it must not take long",
  ),
  either(
    "a hundred thousand quotes that do not end",
    both(`return 1; // ${"'\\".repeat(100_000)}\n${"`\\`".repeat(50_000)}`),
    "it is no script, and looking at it must not take long",
  ),
  either(
    "two megabytes of one line",
    both(`return '${"x".repeat(2_000_000)}'.length;`),
    "there may be a limit on the length of a script",
  ),
];
