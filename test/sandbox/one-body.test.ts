/** A FlexDeploy script is the body of one function: it cannot close that function and open another. */
import { afterAll, expect, test } from "vitest";
import { createLogger } from "../../src/logger.ts";
import { Sandbox } from "../../src/sandbox/main/sandbox.ts";

const sandbox = new Sandbox({ processes: 1, log: createLogger("silent") });
afterAll(() => sandbox[Symbol.asyncDispose]());

const checked = (source: string) =>
  sandbox.check({ role: "function", filename: "functions/a/index.js", source, properties: {} });

const BREAKOUTS: readonly (readonly [what: string, source: string, line: number])[] = [
  ["another function", "return 1;\n}), (function () { return 7;", 2],
  ["an async one", "return 1;\n}), (async function () { return 7;", 2],
  ["statements in between", "return 1;\n});\nlet a = 1;\n(async function () {", 2],
  ["a call of the first", "return 1;\n}(0), function () {\nreturn 7;", 2],
  ["a method named function", "return 1;\n\n}, function () { return 7;", 3],
  ["a method of the first", "return 1;\n}.call(this), function () { return 7;", 2],
  ["an arrow function", "return 1;\n}), (() => { return 7;", 2],
  ["a class", "return 1;\n}), (class { static call() { return 7; }", 2],
  ["an object", "return 1;\n}), ({ call() { return 7; }", 2],
  ["another function after a comment", "return 1; /* }\n*/}), (function () { return 7; /*\n*/", 2],
  ["a comment that hides its end", "return 1;\n}), (function () { return 7; // }", 2],
  ["a template string", "return `}`;\n}), (function () { return `{`;", 2],
  ["a tagged template", "return 1;\n}`a`, function () { return 7;", 2],
  ["a regular expression", "return /[}]/.test('}');\n}), (function () { return /}/;", 2],
  ["a division", "return 1;\n}/1, function () { return 7;", 2],
  ["types", "const a: number = 1;\nreturn a;\n}), (function (): number { return 7;", 3],
  ["carriage returns", "return 1;\r\n}), (function () { return 7;", 2],
  ["a comment that ends at a line separator", "return 1; //\u2028}), (function () { return 7;", 2],
  ["a comment that ends at a paragraph separator", "//\u2029}), (function () { return 7;", 2],
];

test.each(BREAKOUTS)(
  "a script that continues with %s is refused at its line",
  async (_, source, line) => {
    const { fault } = await checked(source);
    expect(fault).toMatchObject({ kind: "COMPILE_ERROR", name: "SyntaxError", line });
    expect(fault?.message).toContain("the body of one function");
  },
);

test.each([
  ["an HTML comment", "return 1 <!-- }), (function () {\n}), (function () { return 7;"],
  ["the end of an HTML comment", "return 1;\n--> }), (function () { return 7;"],
  ["a hashbang", "#!/usr/bin/env node\n}), (function () { return 7;"],
  ["an open comment", "return 1;\n/*"],
  ["an open template", "return 1;\n`"],
  ["an open brace", "if (PAYLOAD) {"],
  ["a brace too many", "return 1; }"],
  ["an end of a comment", "return 1;\n*/ }), (function () { return 7;"],
])("a script with %s is refused", async (_, source) => {
  expect((await checked(source)).fault).toMatchObject({ kind: "COMPILE_ERROR" });
});

test.each([
  ["nothing", ""],
  ["only a comment", "// }), (function () {"],
  ["braces in texts", "return ['}', `}), (function () {`, /}\\), \\(function/.source];"],
  [
    "blocks and functions",
    "{ }\nfunction a() { return 1; }\nreturn a() + (() => { return 2; })();",
  ],
  ["an operator like an arrow", "let n = 3; while (n --> 0) { }\nreturn n;"],
  ["types", "type A = { b: number };\nconst a = { b: 1 } satisfies A;\nreturn a as unknown"],
  ["await and labels", "out: for (const a of [1]) { await a; break out; }"],
  ["a line separator in a text", "return '\u2028}';"],
  ["a comment on its last line", "return 1; // }"],
])("a body with %s is accepted", async (_, source) => {
  expect((await checked(source)).fault).toBeUndefined();
});
