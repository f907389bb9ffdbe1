/** The detection of a script's style, and the TypeScript syntax that scripts cannot use. */
import { expect, test } from "vitest";
import { prepareScript } from "../../src/sandbox/script/script.ts";
import { collectLog } from "../support/collected-log.ts";
import { ANYTHING, fn, startTestApp } from "../support/test-app.ts";

test.each([
  ["a function", "export default () => 1;"],
  ["types that look like comparisons", "const a = <T,>(b: T): T => b;\nexport default a<string>;"],
  ["a default under another name", "const run = () => 1;\nexport { run as default };"],
  ["an export behind a regular expression", "const a = /[/]'/;export default () => a;"],
  ["an export behind divisions", "const a = 4; const b = a / 2 / 1; export default () => b;"],
  ["an export behind a template", `const a = \`'\${\`"\${1}\`}\`;\nexport default () => a;`],
  ["an export behind an apostrophe in a comment", "// don't\nexport default () => 1;"],
  ["an export behind code on its line", "const a = 1, b = (a); export default () => b;"],
  ["only an empty export", "export {};"],
  ["only types exported", "export type A = string;"],
])("%s makes a module", async (_, source) => {
  expect(await prepareScript(source, [])).toMatchObject({ style: "module" });
});

test.each([
  ["nothing", ""],
  ["a return", "return true;"],
  ["an export in a text", "const a = 'x;\\\nexport default 1';\nreturn a;"],
  ["an export in a template", `const a = \`\nexport default \${1};\n\`;\nreturn a;`],
  ["an export in a template in a template", `return \`\${\`\nexport default 1\`}\`;`],
  ["an export in a regular expression", "if (PAYLOAD) /;export default 1/.test('x');\nreturn 1;"],
  ["an export in a comment", "/*\nexport default 1;\n*/\n// \nreturn 1;"],
  ["export as a name", "const a = { export: 1, import: 2 };\nreturn a\n.export + a.import;"],
  ["an await", "const a = await LOG.info('a');\nreturn a;"],
  ["types", "const a: Record<string, string> = {};\nreturn a as unknown;"],
  ["no return", "LOG.info('a');"],
])("a script with %s is in FlexDeploy's style", async (_, source) => {
  expect(await prepareScript(source, [])).toMatchObject({ style: "flexdeploy" });
});

test.each([
  ["if (PAYLOAD) {\n  return 1;\n", 3, "Expected '}'"],
  ["export default () => {\n  return 1;", 2, "Expected '}'"],
  ["export default (", 1, "Expression expected"],
  ["export const sync = true;\nexport default {", 2, "<eof>"],
  ["export default () => 'abc\n", 1, "Unterminated string"],
  ["LOG.info('a');\nreturn 'abc\n", 2, "Unterminated string"],
])("what is not finished is reported at its line: %j", async (source, line, message) => {
  const fault = await prepareScript(source, []);
  expect(fault).toMatchObject({ line, message: expect.stringContaining(message) });
});

test.each([
  ["enum A { B }", "1:1", ["an enum is more than a type", "as const"]],
  ["\nexport enum A { B }", "2:8", ["an enum", "as const"]],
  ["const enum A { B }", "1:1", ["an enum", "as const"]],
  ["namespace A { export const b = 1; }", "1:1", ["a namespace with values", "of one in _lib"]],
  ["module A { export const b = 1; }", "1:1", ["a namespace with values", "of one in _lib"]],
  [
    "class A { constructor(private b: number) {} }",
    "1:31",
    ["a parameter property", "in the constructor"],
  ],
  ["import a = require('a');", "1:1", ["import … =", "write import … from"]],
  ["export default 1;\nexport = 1;", "2:1", ["export =", "write export default"]],
  ["const a = <number>1;", "1:11", ["angle-bracket", "`expr as T`"]],
  // A tab and a wide character count as one column, as everywhere else.
  ["\tenum A { B }", "1:2", ["an enum", "as const"]],
  ["const a = '日本語😀'; enum A { B }", "1:20", ["an enum", "as const"]],
])(
  "TypeScript that cannot be erased is refused with its replacement: %j",
  async (source, place, says) => {
    const fault = await prepareScript(`${source}\nexport default () => 1;`, []);
    const [line, column] = place.split(":").map(Number);
    expect(fault).toMatchObject({ kind: "COMPILE_ERROR", line, column });
    for (const message of says.map((part) => expect.stringContaining(part)))
      expect(fault).toMatchObject({ message });
  },
);

test("a decorator is refused with its replacement", async () => {
  const { log, texts } = collectLog();
  const script = "class A {\n  @logged\n  b() {}\n}\nexport default () => new A();";
  const functions = { one: fn("x", script) };
  await using _app = await startTestApp({ providers: { anything: ANYTHING }, functions, log });
  const report = texts().find((text) =>
    text.startsWith("functions/one/index.ts:2:3: SyntaxError: "),
  );
  expect(report).toContain("decorators (@…) are not supported by JavaScript yet");
  expect(report).toContain(">    2 |   @logged");
});
