/** The guides name only things that exist, each states its readers, and the README stays short. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { FAILURE_KINDS } from "../../src/model/failure-kind.ts";
import { MESSAGE_STATUSES } from "../../src/model/message.ts";
import { PERMISSIONS } from "../../src/model/permission.ts";
import { functionFileSchema } from "../../src/registry/function-file.ts";
import { providerFileSchema } from "../../src/registry/provider-file.ts";
import { SCHEMES } from "../../src/verify/verify.ts";

const MOST_LINES = 150;

/** The folders with a guide. */
const FOLDERS = [
  "functions",
  "providers",
  "scripts",
  "src",
  "src/admin",
  "src/cli",
  "src/console",
  "src/store",
  "test",
];
const GUIDES = ["README.md", ...FOLDERS.map((folder) => `${folder}/README.md`)];
/** The guides and the pages of the providers. */
const PAGES = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*README.md"], {
  encoding: "utf8",
})
  .trim()
  .split("\n");

const read = (path: string) => readFileSync(path, "utf8");

/** Code in a page, in which links and headings do not count. */
const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, "");

/** The anchors of headings, as GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = withoutCode(text).matchAll(/^#{1,6} (.*)$/gm);
  const names = [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return new Set(names);
}

/** The reason why a link of a page is broken; undefined when its target exists or is outside the project. */
function problemOf(page: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : join(dirname(page), file);
  if (!existsSync(target)) return `${page}: ${link} leads to no file`;
  if (anchor === undefined) return undefined;
  if (statSync(target).isDirectory() || !anchorsOf(read(target)).has(anchor))
    return `${page}: ${link} leads to no heading`;
  return undefined;
}

const linksOf = (text: string) =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);

test("a link to a missing file or heading is detected", () => {
  expect(problemOf("README.md", "src/README.md#settings")).toBeUndefined();
  expect(problemOf("src/README.md", "#settings")).toBeUndefined();
  expect(problemOf("README.md", "src/README.md#seting")).toContain("leads to no heading");
  expect(problemOf("README.md", "source/README.md")).toContain("leads to no file");
});

test.each(PAGES)("the links of %s have existing targets", (page) => {
  const problems = linksOf(read(page)).map((link) => problemOf(page, link));
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
});

test.each(GUIDES)("the files that %s names exist", (guide) => {
  const named = read(guide).matchAll(/`((?:src|scripts|test)\/[\w./-]*)`/g);
  const missing = [...named].map(([, path = ""]) => path).filter((path) => !existsSync(path));
  expect(missing).toEqual([]);
});

const fieldsOf = ({ shape }: { readonly shape: object }) =>
  Object.keys(shape).filter((name) => name !== "$schema");

test.each([
  ["functions/README.md", "failure kind", FAILURE_KINDS],
  ["functions/README.md", "field of function.json", fieldsOf(functionFileSchema)],
  ["providers/README.md", "field of provider.json", fieldsOf(providerFileSchema)],
  ["providers/README.md", "scheme of ctx.verify", Object.keys(SCHEMES)],
  ["src/admin/README.md", "permission", PERMISSIONS],
  ["src/README.md", "status of a message", MESSAGE_STATUSES],
])("%s names every %s", (guide, _, names) => {
  const text = read(guide);
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

test("the tests and helpers that the guide of the tests names exist", () => {
  const files = readdirSync("test", { recursive: true, encoding: "utf8" });
  const names = files.map((path) => path.replace(/(?:\.\w+)*\.test\.ts$|\.ts$/, ""));
  const rows = [...read("test/README.md").matchAll(/^\|.*$/gm)].map(([row]) => row.split("|"));
  const namesIn = (cells: readonly (string | undefined)[]) =>
    cells.flatMap((cell = "") =>
      [...cell.matchAll(/`([\w/-]+\*?)`/g)].map(([, name = ""]) => name),
    );
  const head = rows.findIndex(([, first]) => first === " in `test/support/` ");
  const helpers = rows.slice(head + 2).filter((cells) => cells.length === 4);
  const shown = namesIn(rows.filter((cells) => cells.length === 5).map((cells) => cells[3]));
  const named = [
    ...shown,
    ...namesIn(helpers.map(([, name]) => name)).map((name) => `support/${name}`),
  ];
  const isThere = (name: string) =>
    name.endsWith("*") ? existsSync(`test/${name.slice(0, -2)}`) : names.includes(name);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((name) => !isThere(name))).toEqual([]);
});

test.each(FOLDERS)("the guide of %s begins with its readers", (folder) => {
  expect(read(`${folder}/README.md`)).toMatch(/^# .+\n\nFor \S/);
});

test("every guide can be reached from the README", () => {
  const reached = linksOf(read("README.md")).map((link) => link.replace(/#.*/, ""));
  expect(GUIDES.slice(1).filter((guide) => !reached.includes(guide))).toEqual([]);
});

test(`the README has at most ${MOST_LINES} lines`, () => {
  expect(read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(MOST_LINES);
});
