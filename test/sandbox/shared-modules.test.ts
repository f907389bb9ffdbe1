/** Modules of `_lib` folders that several scripts share: their use, changes, failures, and errors. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withCodeFrame } from "../../src/sandbox/script/code-frame.ts";
import { explainFault } from "../../src/sandbox/script/explain-fault.ts";
import { collectLog } from "../support/collected-log.ts";
import { SharedApp } from "../support/shared-app.ts";
import {
  ANYTHING,
  fn,
  idIn,
  type ScriptFolder,
  SYNC,
  sendSync,
  startTestApp,
  type TestApp,
} from "../support/test-app.ts";

const providers = { anything: ANYTHING };
const UTIL = "functions/_lib/util.ts";

const send = async (app: TestApp, uri = "x") => sendSync(app, uri);
const resultNow = async (app: TestApp, uri = "x") => (await send(app, uri)).executions[0]?.result;
const versionOf = (app: TestApp, name: string) =>
  app.app.registry().functions.get(name)?.script.version;

const usesUtil = fn("x", 'import { value } from "../_lib/util.ts";\nexport default () => value;');

const shared = new SharedApp();

describe.each(["warm", "fresh"])("in a %s isolate", (isolation) => {
  test.each<[string, string, Readonly<Record<string, string>>]>([
    [
      "a module",
      'import { twice } from "../_lib/util.ts";\nexport default () => twice(21);',
      { [UTIL]: "export const twice = (value: number): number => value * 2;" },
    ],
    [
      "a module in JavaScript",
      'import twice from "../_lib/util.js";\nexport default () => twice(21);',
      { "functions/_lib/util.js": "export default (value) => value * 2;" },
    ],
    [
      "a module in a folder, which imports another",
      'import * as jira from "../_lib/jira/client.ts";\nexport default () => jira.answer();',
      {
        "functions/_lib/jira/client.ts":
          'import { half } from "../util.ts";\nexport const answer = () => half(84);',
        [UTIL]: "export const half = (value: number) => value / 2;",
      },
    ],
    [
      "modules that import each other",
      'import { isEven } from "../_lib/even.ts";\nexport default () => (isEven(10) ? 42 : 0);',
      {
        "functions/_lib/even.ts":
          'import { isOdd } from "./odd.ts";\nexport const isEven = (n: number): boolean => n === 0 || isOdd(n - 1);',
        "functions/_lib/odd.ts":
          'import { isEven } from "./even.ts";\nexport const isOdd = (n: number): boolean => n !== 0 && isEven(n - 1);',
      },
    ],
    [
      "a module that passes on another's exports",
      'export { default } from "../_lib/all.ts";',
      {
        "functions/_lib/all.ts":
          'export * from "./util.ts";\nexport { run as default } from "./util.ts";',
        [UTIL]: "export const run = () => 42;",
      },
    ],
    [
      "types of anything, which need not be there",
      'import type { A } from "a-package";\nimport { type B, type C } from "hookyard";\nimport { type D } from "../_lib/none.ts";\nexport { type E } from "node:fs";\nexport default (): A | B | C | D => 42;',
      {},
    ],
  ])("a function imports %s", async (_, script, files) => {
    const functions = { one: fn("x", script, { isolation }) };
    const app = await shared.with({ providers, functions, files });
    expect(await resultNow(app)).toBe(42);
    expect(await resultNow(app)).toBe(42);
  });
});

test("a match script imports the modules of its own root", async () => {
  const script =
    'import { isMine } from "../_lib/who.ts";\nexport default (event) => isMine(event.headers);';
  const app = await shared.with({
    providers: { mine: { json: { priority: 1 }, script } },
    functions: { one: { json: { provider: "mine", uri: "x" }, script: "export default () => 1;" } },
    files: {
      "providers/_lib/who.ts": 'export const isMine = (headers: object) => "x-mine" in headers;',
    },
  });
  const mine = await app.send("x", { headers: { ...SYNC.headers, "x-mine": "1" } });
  expect(mine.status).toBe(200);
  expect((await app.send("x", SYNC)).status).toBe(404);
});

test("a changed module takes effect at once, and changes only the versions of scripts that import it", async () => {
  const app = await shared.with({
    providers,
    functions: {
      direct: usesUtil,
      indirect: fn("y", 'import { via } from "../_lib/via.ts";\nexport default () => via();'),
      other: fn("z", 'import { other } from "../_lib/other.ts";\nexport default () => other;'),
      none: fn("none", "export default () => 0;"),
    },
    files: {
      [UTIL]: "export const value = 1;",
      "functions/_lib/via.ts":
        'import { value } from "./util.ts";\nexport const via = () => value;',
      "functions/_lib/other.ts": "export const other = 1;",
    },
  });
  const names = ["direct", "indirect", "other", "none"];
  const before = names.map((name) => versionOf(app, name));
  expect([await resultNow(app), await resultNow(app, "y")]).toEqual([1, 1]);
  app.writeFile(UTIL, "export const value = 2;");
  await expect.poll(() => resultNow(app)).toBe(2);
  expect(await resultNow(app, "y")).toBe(2);
  const isChanged = names.map((name, index) => versionOf(app, name) !== before[index]);
  expect(isChanged).toEqual([true, true, false, false]);
});

test("a changed module of match scripts takes effect too, and the trace names another version", async () => {
  const who = "providers/_lib/who.ts";
  const app = await shared.with({
    providers: {
      mine: {
        json: { priority: 1 },
        script: 'export { default } from "../_lib/who.ts";',
      },
    },
    files: { [who]: "export default () => false;" },
  });
  const unmatched = await send(app);
  expect(unmatched.status).toBe("UNMATCHED");
  app.writeFile(who, "export default () => true;");
  await expect.poll(async () => (await send(app)).provider).toBe("mine");
  expect((await send(app)).trace[0]?.version).not.toBe(unmatched.trace[0]?.version);
});

test.each([
  ["a syntax error", "export const value = ;", `${UTIL}:1:22: SyntaxError: Expression expected`],
  [
    "an import that is refused",
    'export const value = 2;\nimport "node:fs";',
    `${UTIL}:2:8: ImportError: `,
  ],
  ["an error as it is loaded", "export const value = 2;\nnull.boom;", `${UTIL}:2:6: TypeError: `],
  [
    "a name declared twice",
    "export const value = 2;\nlet value;",
    `${UTIL}:2:5: SyntaxError: Identifier 'value' has already been declared`,
  ],
])(
  "a module with %s is reported at its position, and the last good versions of its importers stay active",
  async (_, broken, report) => {
    const { log, texts } = collectLog();
    await using app = await startTestApp({
      providers,
      functions: { one: usesUtil, two: usesUtil },
      files: { [UTIL]: "export const value = 1;" },
      log,
    });
    const version = versionOf(app, "one");
    app.writeFile(UTIL, broken);
    const reports = () => texts().filter((text) => text.startsWith(report));
    await expect.poll(() => reports().length).toBe(2);
    for (const [index, name] of ["one", "two"].entries()) {
      expect(reports()[index]).toContain(`(functions/${name}/index.ts imports it)`);
      expect(reports()[index]).toContain("(the last good version keeps running)");
      expect(reports()[index]).toMatch(/^> +\d \| /m);
    }
    expect(await resultNow(app)).toBe(1);
    expect(versionOf(app, "one")).toBe(version);
    app.writeFile(UTIL, "export const value = 3;");
    await expect.poll(() => resultNow(app)).toBe(3);
  },
);

test("a missing module is used once it exists; when it is removed, the last good version stays", async () => {
  const { log, texts } = collectLog();
  await using app = await startTestApp({ providers, functions: { one: usesUtil }, log });
  const reports = () =>
    texts().filter((text) => text.startsWith("functions/one/index.ts:1:23: ImportError"));
  expect((await app.send("x", SYNC)).status).toBe(404);
  expect(reports()).toEqual([expect.stringContaining("functions/_lib/ has no files")]);
  app.writeFile(UTIL, "export const value = 1;");
  await expect.poll(async () => (await app.send("x", SYNC)).status).toBe(200);
  rmSync(join(app.folder, UTIL));
  await expect.poll(() => reports().length).toBe(2);
  expect(await resultNow(app)).toBe(1);
});

const THROWS = {
  [UTIL]:
    "interface Payload { who: string }\n\nexport const greet = (payload: Payload): string => payload.who.toUpperCase();",
};
const GREETS =
  'import { greet } from "../_lib/util.ts";\n\nexport default async (event) => {\n  await null;\n  return greet(event.payload);\n};';

test("an error in a module of a function points at its line, and the stack has both files", async () => {
  const app = await shared.with({
    providers,
    functions: { one: fn("x", GREETS) },
    files: THROWS,
  });
  const { executions } = await app.ended(await idIn(await app.send("x", { ...SYNC, body: "{}" })));
  const error = executions[0]?.error;
  expect(error).toMatchObject({ kind: "SCRIPT_ERROR", file: UTIL, line: 3, column: 64 });
  expect(error?.frame).toContain(">    3 | export const greet = (payload: Payload)");
  expect(error?.stack?.split("\n")).toEqual([
    `at greet (${UTIL}:3:64)`,
    expect.stringMatching(/functions\/one\/index\.ts:5:10\)?$/),
  ]);
});

test("an error in the script itself names no module", async () => {
  const script = 'import "../_lib/util.ts";\nexport default () => null.boom;';
  const app = await shared.with({
    providers,
    functions: { one: fn("x", script) },
    files: THROWS,
  });
  const error = (await send(app)).executions[0]?.error;
  expect(error).toMatchObject({ kind: "SCRIPT_ERROR", line: 2, column: 27 });
  expect(error?.file).toBeUndefined();
  expect(error?.frame).toContain(">    2 | export default () => null.boom;");
});

test("an error in a module of a match script points at its line", async () => {
  const lib = "providers/_lib/who.ts";
  const app = await shared.with({
    providers: {
      mine: {
        json: { priority: 1 },
        script: 'import { who } from "../_lib/who.ts";\nexport default (event) => who(event);',
      },
    },
    files: { [lib]: "// first\nexport const who = (event: any) => event.no.thing;" },
  });
  const error = (await send(app)).trace[0]?.error;
  expect(error).toMatchObject({ kind: "SCRIPT_ERROR", file: lib, line: 2, column: 45 });
  expect(error?.frame).toContain(">    2 | export const who");
});

test.each(["1:0", "0:1", "999999999:999999999", "9999999999:1"])(
  "a script that forges the place of its error, %s, fails like any other",
  async (place) => {
    const script = `import "../_lib/util.ts";
export default () => {
  throw Object.assign(new Error("no"), { stack: "Error: no\\n    at ${UTIL}:${place}" });
};`;
    const functions = { one: fn("x", script) };
    const app = await shared.with({ providers, functions, files: THROWS });
    const view = await send(app);
    expect(view.executions[0]?.error).toMatchObject({ kind: "SCRIPT_ERROR", message: "no" });
  },
);

test("a file name that is no module, sent by an untrusted process, is shown without a frame", () => {
  const written = { filename: "functions/one/index.ts", source: "@", code: "@", modules: {} };
  const place = { file: "__proto__", line: 1, column: 1 };
  const fault = { kind: "COMPILE_ERROR", name: "Error", message: "no", ...place } as const;
  expect(withCodeFrame(fault, written)).toEqual(fault);
  expect(explainFault(fault, written)).toMatchObject(place);
});

const COUNTER = "let count = 0;\nexport const next = () => (count += 1);";

test("each function has its own instances of modules", async () => {
  const counts = fn("x", 'import { next } from "../_lib/count.ts";\nexport default () => next();');
  await using app = await startTestApp({
    providers,
    functions: { one: counts, two: counts },
    files: { "functions/_lib/count.ts": COUNTER },
    environment: { HOOKYARD_SANDBOX_PROCESSES: "1" },
  });
  const results = async () => (await send(app)).executions.map(({ result }) => result);
  expect(await results()).toEqual([1, 1]);
  expect(await results()).toEqual([2, 2]);
});

test("each match script has its own instances of modules, although they share an isolate", async () => {
  const counting = (priority: number): ScriptFolder => ({
    json: { priority },
    script:
      'import { next } from "../_lib/count.ts";\nexport default (event, ctx) => { ctx.log.info(next()); return false; };',
  });
  const app = await shared.with({
    providers: { one: counting(1), two: counting(2) },
    files: { "providers/_lib/count.ts": COUNTER },
  });
  const counts = async () => (await send(app)).trace.map(({ logs }) => logs?.[0]?.text);
  expect(await counts()).toEqual(["1", "1"]);
  expect(await counts()).toEqual(["2", "2"]);
});
