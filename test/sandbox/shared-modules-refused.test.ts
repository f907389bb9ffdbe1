/** Refused imports and files that are too large: the error at load time has the position and what to do. */
import { expect, test } from "vitest";
import { collectLog } from "../support/collected-log.ts";
import { ANYTHING, fn, startTestApp } from "../support/test-app.ts";

const BODY = "\nexport default () => 1;";
const from = (specifier: string) => `// An import of:\nimport { a } from "${specifier}";${BODY}`;
/** The position of the specifier after `from`. */
const AT = "2:19";

interface Refused {
  readonly script: string;
  readonly place: string;
  readonly says: readonly string[];
}
const refused = (specifier: string, ...says: readonly string[]): Refused => ({
  script: from(specifier),
  place: AT,
  says: [`cannot import "${specifier}"`, ...says],
});

const ALLOWED = 'files of functions/_lib/ as "../_lib/name.ts"';

const REFUSED: Readonly<Record<string, Refused>> = {
  "a package": refused("lodash", "scripts have no packages", ALLOWED),
  "a scoped package": refused("@octokit/webhooks-types", "scripts have no packages"),
  "a module of Node": refused("node:fs", "no modules of Node", ALLOWED),
  "a module of Node by its short name": refused("fs/promises", "no modules of Node"),
  "an absolute path": refused("/etc/passwd", "only relative paths"),
  "a file by URL": refused("file:///etc/passwd", "only relative paths"),
  "an address": refused("https://example.org/a.ts", "only relative paths"),
  'a value from "hookyard"': refused("hookyard", "only types", "import type"),
  "another function": refused("../other/index.ts", "functions/other/index.ts is not in"),
  "a file beside it": refused("./helper.ts", "/helper.ts is not in functions/_lib/"),
  "a module of the other root": refused(
    "../../providers/_lib/util.ts",
    "is not in functions/_lib/",
  ),
  "a _lib folder outside both roots": refused(
    "../../_lib/util.ts",
    "_lib/util.ts is not in functions/_lib/",
  ),
  "a folder": refused("..", "is not in functions/_lib/"),
  "JSON in _lib": refused("../_lib/data.json", "JSON cannot be imported", "a file functions/_lib/"),
  "JSON beside it": refused("./function.json", "JSON cannot be imported"),
  "a file that is not there": refused(
    "../_lib/utl.ts",
    "there is no functions/_lib/utl.ts; functions/_lib/ has both.js, needy.ts, types.ts, util.ts",
  ),
  "a file in a folder that is not there": refused(
    "../_lib/none/a.ts",
    "functions/_lib/ has both.js, jira/client.ts, jira/index.ts,",
  ),
  "a misspelled file in a folder": refused(
    "../_lib/jira/clinet.ts",
    "functions/_lib/jira/ has client.ts, index.ts",
  ),
  "another extension": refused(
    "../_lib/util.js",
    'but functions/_lib/util.ts: write "../_lib/util.ts"',
  ),
  "TypeScript in place of JavaScript": refused("../_lib/both.ts", 'write "../_lib/both.js"'),
  "no extension": refused("../_lib/util", 'write "../_lib/util.ts"'),
  "another case": refused("../_lib/Util.ts", 'write "../_lib/util.ts"'),
  "the index of a folder": refused("../_lib/jira", 'write "../_lib/jira/index.ts"'),
  "a module by import()": {
    script: 'export default async () => {\n  const fs = await import("node:fs");\n  return fs;\n};',
    place: "2:20",
    says: ["import() is not available in scripts"],
  },
  "a module by import() without export": {
    script: 'LOG.info("a");\nreturn import("node:fs");',
    place: "2:8",
    says: ["import() is not available in scripts"],
  },
  "import.meta": {
    script: "export default () => 1;\nexport const here = import.meta.url;",
    place: "2:21",
    says: ["import.meta holds nothing"],
  },
  "with attributes": {
    script: `import { a } from "../_lib/util.ts" with { type: "json" };${BODY}`,
    place: "1:1",
    says: ["import attributes"],
  },
  "with defer": {
    script: `import defer * as util from "../_lib/util.ts";${BODY}`,
    place: "1:1",
    says: ["import defer is not available"],
  },
  "without an export": {
    script: 'import { a } from "../_lib/util.ts";\nLOG.info(a);\nreturn a;',
    place: "1:1",
    says: ["a script with an import needs an export too", "FlexDeploy script"],
  },
  "only types, without an export": {
    script: 'LOG.info("a");\nimport type { A } from "hookyard";',
    place: "2:1",
    says: ["a script with an import needs an export too"],
  },
  "by export … from": {
    script: `export * from "lodash";${BODY}`,
    place: "1:15",
    says: ['cannot import "lodash"'],
  },
  "for its effects": {
    script: `  import "lodash";${BODY}`,
    place: "1:10",
    says: ['cannot import "lodash"'],
  },
  "a name that is not exported": {
    script: `import {\n  a,\n  b,\n} from "../_lib/util.ts";${BODY}`,
    place: "3:3",
    says: ['"../_lib/util.ts" has no "b"; it exports a, c'],
  },
  "a default that is not exported": {
    script: `import a from "../_lib/util.ts";${BODY}`,
    place: "1:1",
    says: ['"../_lib/util.ts" has no default export; it exports a, c'],
  },
  "a type as a value": {
    script: `import { a, Thing } from "../_lib/types.ts";${BODY}`,
    place: "1:13",
    says: ['"../_lib/types.ts" exports Thing only as a type: write type Thing in the import'],
  },
};

const FILES = {
  "functions/_lib/util.ts": "export const a = 1;\nexport const c = 2;",
  "functions/_lib/both.js": "export const a = 1;",
  "functions/_lib/types.ts": "export const a = 1;\nexport interface Thing { a: 1 }",
  "functions/_lib/needy.ts": 'export const a = 1;\nimport { missing } from "./util.ts";',
  "functions/_lib/data.json": "{}",
  "functions/_lib/jira/client.ts": "export const a = 1;",
  "functions/_lib/jira/index.ts": "export const a = 1;",
  "providers/_lib/util.ts": "export const a = 1;",
};

const names = Object.keys(REFUSED);
const nameOf = (index: number) => `refused-${index}`;

/** The problems that one start reports, each with its path. */
async function reportsOf(
  scripts: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const { log, texts } = collectLog();
  const functions = Object.fromEntries(
    Object.entries(scripts).map(([name, script]) => [name, fn("x", script)]),
  );
  await using _app = await startTestApp({
    providers: { anything: ANYTHING },
    functions,
    files,
    log,
  });
  return texts();
}

const reports = reportsOf(
  Object.fromEntries(Object.values(REFUSED).map(({ script }, index) => [nameOf(index), script])),
  FILES,
);

test.each(names)("a function cannot import %s, and the error has the position", async (name) => {
  const { place, says } = REFUSED[name] ?? { place: "", says: [] };
  const start = `functions/${nameOf(names.indexOf(name))}/index.ts:${place}: ImportError: `;
  const found = (await reports).filter((text) => text.startsWith(start));
  expect(found, (await reports).join("\n")).toHaveLength(1);
  for (const part of says) expect(found[0]).toContain(part);
  const [line, column] = place.split(":").map(Number);
  expect(found[0]).toContain(`\n>    ${line} | `);
  expect(found[0]).toContain(`\n       | ${" ".repeat((column ?? 0) - 1)}^`);
});

test("a missing name of a _lib module is reported in the importing module", async () => {
  const found = await reportsOf({ one: from("../_lib/needy.ts") }, FILES);
  const report = found.find((text) => text.startsWith("functions/_lib/needy.ts:2:10: ImportError"));
  expect(report).toContain('"./util.ts" has no "missing"; it exports a, c');
  expect(report).toContain("(functions/one/index.ts imports it)");
});

test("the error in a match script names its own root", async () => {
  const { log, texts } = collectLog();
  const script = `import { a } from "lodash";${BODY}`;
  await using _app = await startTestApp({
    providers: { one: { json: { priority: 1 }, script } },
    log,
  });
  const start = 'providers/one/match.ts:1:19: ImportError: cannot import "lodash"';
  const report = texts().find((text) => text.startsWith(start));
  expect(report).toContain('files of providers/_lib/ as "../_lib/name.ts"');
});

const KB = 1024;
const commentOf = (bytes: number) => `/*${"x".repeat(bytes - 4)}*/`;

test("a script or module of 256 KB is loaded, and one of a byte more is not", async () => {
  const script = (bytes: number) => `export default () => 1;${commentOf(bytes - 23)}`;
  const found = await reportsOf(
    {
      full: script(256 * KB),
      more: script(256 * KB + 1),
      // The size counts bytes, not characters.
      wide: `export default () => 1;/*${"é".repeat(128 * KB - 12)}*/`,
      user: from("../_lib/large.ts"),
      fine: from("../_lib/full.ts"),
    },
    {
      "functions/_lib/large.ts": `export const a = 1;${commentOf(256 * KB)}`,
      "functions/_lib/full.ts": `export const a = 1;${commentOf(256 * KB - 19)}`,
    },
  );
  const size = "SizeError";
  expect(found.filter((text) => text.includes(size))).toHaveLength(3);
  const sizeProblem = (path: string, bytes: number) =>
    `${path}: SizeError: ${path} has ${bytes} bytes, a file may have at most 262144 (256 KB)`;
  const text = found.join("\n");
  expect(text).toContain(sizeProblem("functions/more/index.ts", 256 * KB + 1));
  expect(text).toContain(sizeProblem("functions/wide/index.ts", 256 * KB + 3));
  expect(text).toContain(sizeProblem("functions/_lib/large.ts", 256 * KB + 19));
  expect(text).toContain("(functions/user/index.ts imports it)");
});

test("a script with its modules may have at most 5 MB", async () => {
  const module = commentOf(256 * KB);
  const paths = Array.from({ length: 20 }, (_, index) => `large-${index}.ts`);
  const files = Object.fromEntries(paths.map((path) => [`functions/_lib/${path}`, module]));
  const importing = (count: number) =>
    paths
      .slice(0, count)
      .map((path) => `import "../_lib/${path}";\n`)
      .join("") + BODY;
  const found = await reportsOf({ fits: importing(19), exceeds: importing(20) }, files);
  const problems = found.filter((text) => text.includes("Error"));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(
    /^functions\/exceeds\/index\.ts: SizeError: functions\/exceeds\/index\.ts and what it imports have at least 52\d{5} bytes, a script may have at most 5242880 \(5 MB\)/,
  );
});
