/** `hookyard push|pull|diff` and `providers|functions …` against a real server. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commandHere, type Ran } from "../support/command.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { idIn, startTestApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
let run: (...args: readonly string[]) => Promise<Ran>;
let root: string;
let config: string;

beforeEach(async () => {
  root = tempFolder().path;
  config = join(root, "config");
  app = await startTestApp();
  run = (...args) => commandHere(app, ...args);
});
afterEach(async () => {
  await app[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

function put(path: string, text: string | object): void {
  const target = join(config, path);
  mkdirSync(join(target, ".."), { recursive: true });
  writeFileSync(target, typeof text === "string" ? text : JSON.stringify(text));
}

/** Each file of a folder with its bytes. */
const filesIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length), readFileSync(path, "utf8")]),
  );

const ACME = { name: "acme", priority: 10 };
const GREET = { name: "greet", provider: "acme", uri: "in", order: 3 };
const says = (word: string) => `export default () => "${word}";\n`;

function putAcme(): void {
  put("providers/acme/provider.json", ACME);
  put("providers/acme/match.ts", "export default () => true;\n");
  put("functions/greet/function.json", GREET);
  put("functions/greet/index.ts", says("one"));
}

const resultNow = async () => {
  const { executions } = await app.ended(await idIn(await app.send("in")));
  return executions[0]?.result;
};

const actions = ({ out }: Ran): readonly string[] =>
  JSON.parse(out).items.map(
    ({ action, kind, name }: Readonly<Record<string, string>>) => `${action} ${kind} ${name}`,
  );

test("a dry run lists the changes, and a second push changes nothing", async () => {
  putAcme();
  const expected = ["create provider acme", "create function greet"];
  expect(actions(await run("push", config, "--dry-run", "--json"))).toEqual(expected);
  expect((await run("diff", config, "--exit-code")).code).toBe(1);
  expect(actions(await run("push", config, "--json"))).toEqual(expected);
  expect(await resultNow()).toBe("one");
  expect(await run("push", config)).toMatchObject({ code: 0, out: "0 changed\n" });
  expect(await run("diff", config, "--exit-code")).toMatchObject({ code: 0, out: "" });
});

test("shipped folders come back byte for byte, and a pull into a new folder gives the same files", async () => {
  for (const path of ["providers/github", "providers/twilio", "functions/github-push"])
    cpSync(path, join(config, path), { recursive: true });
  const before = filesIn(config);
  const pushed = await run("push", config);
  expect(pushed.code).toBe(0);
  expect(pushed.err).toContain("provider github: GITHUB_WEBHOOK_SECRET is not pushed");
  expect(await run("pull", config)).toMatchObject({ code: 0 });
  expect(await run("diff", config, "--exit-code")).toMatchObject({ code: 0, out: "" });
  expect(filesIn(config)).toEqual(before);
  // A change on the server does not remove the names of variables, which only the folder has.
  const change = { method: "PATCH", body: JSON.stringify({ priority: 7 }) };
  expect((await app.api("/providers/github", change)).status).toBe(200);
  expect(await run("pull", config)).toMatchObject({ code: 0 });
  const file = readFileSync(join(config, "providers/github/provider.json"), "utf8");
  expect(JSON.parse(file)).toMatchObject({
    priority: 7,
    properties: [{ env: expect.any(String) }],
  });
  const other = join(root, "other");
  expect((await run("pull", other)).out).toContain("3 pulled, 6 files written");
  expect(await run("push", other)).toMatchObject({ code: 0, out: "0 changed\n" });
  const pulled = filesIn(other);
  rmSync(other, { recursive: true });
  await run("pull", other);
  expect(filesIn(other)).toEqual(pulled);
});

test("a change is a new version, and diff shows it before; a removed field gets its default", async () => {
  putAcme();
  await run("push", config);
  put("functions/greet/index.ts", says("two"));
  const { order: _, ...unordered } = GREET;
  put("functions/greet/function.json", { ...unordered, timeoutMs: 1000 });
  const { out } = await run("diff", config);
  expect(out).toContain('-export default () => "one";\n+export default () => "two";\n');
  expect(out).toMatch(/^-.*"order": 3$/m);
  expect(actions(await run("push", config, "--json", "--note", "twice"))).toEqual([
    "unchanged provider acme",
    "update function greet",
  ]);
  expect(await resultNow()).toBe("two");
  const shown = JSON.parse((await run("functions", "show", "greet", "--json")).out);
  expect(shown).toMatchObject({ number: 2, timeoutMs: 1000 });
  expect(shown).not.toHaveProperty("order");
  put("functions/greet/function.json", unordered);
  await run("functions", "push", join(config, "functions/greet"));
  const again = JSON.parse((await run("functions", "show", "greet", "--json")).out);
  expect(again).toMatchObject({ number: 3, timeoutMs: 30_000 });
});

test("pull asks before it removes scripts that were never pushed, and keeps other files", async () => {
  putAcme();
  await run("push", config);
  put("functions/draft/function.json", { name: "draft", provider: "acme", uri: "draft" });
  put("functions/draft/index.ts", says("draft"));
  put("functions/draft/NOTES.md", "later");
  const before = filesIn(config);
  const unasked = await run("pull", config, "--prune");
  expect(unasked.code).toBe(2);
  expect(unasked.err).toMatch(/Remove .*functions\/draft, .*--yes/);
  expect(filesIn(config)).toEqual(before);
  await run("pull", config, "--prune", "--yes");
  expect(Object.keys(filesIn(config)).filter((path) => path.includes("draft"))).toEqual([
    "/functions/draft/NOTES.md",
  ]);
  const { code, err } = await run("push", config);
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringMatching(/functions\/draft is passed over: found neither function\.json/),
  });
});

test("a script with an error is refused with its position, after a list of the changes made before", async () => {
  putAcme();
  put("functions/greet/index.ts", "export default () => {\n  const = 1;\n};\n");
  const { code, err } = await run("push", config);
  expect(code).toBe(1);
  expect(err).toMatch(
    /^hookyard: function greet: .*functions\/greet\/index\.ts:2:\d+: SyntaxError/,
  );
  expect(err).toContain("1 of 2 changes were made before");
  put("functions/greet/index.ts", says("one"));
  expect(actions(await run("push", config, "--json"))).toEqual([
    "unchanged provider acme",
    "create function greet",
  ]);
});

test("a dry run refuses what a push would refuse, and changes nothing", async () => {
  putAcme();
  const one = join(config, "functions/greet");
  expect(await run("push", config, "--dry-run")).toMatchObject({ code: 0 });
  put("functions/greet/index.ts", "export default (\n");
  const broken = await run("push", config, "--dry-run");
  expect(broken.code).toBe(1);
  expect(broken.err).toMatch(/functions\/greet\/index\.ts:1: SyntaxError/);
  put("functions/greet/index.ts", says("one"));
  const alone = await run("functions", "push", one, "--dry-run");
  expect({ code: alone.code, err: alone.err }).toEqual({
    code: 1,
    err: expect.stringContaining('greet/function.json: there is no provider "acme"'),
  });
  expect((await app.api("/providers/acme")).status).toBe(404);
  await run("push", config);
  put("functions/greet/function.json", { ...GREET, retry: { times: 3 } });
  expect((await run("push", config, "--dry-run")).err).toContain("retry");
  expect(await resultNow()).toBe("one");
});

test("prune asks, then deletes scripts that the folder lacks; files of the server stay", async () => {
  app.writeProvider("filed", { json: { priority: 90 }, script: "export default () => false;\n" });
  putAcme();
  await run("push", config);
  rmSync(join(config, "functions", "greet"), { recursive: true });
  const unasked = await run("push", config, "--prune");
  expect(unasked.code).toBe(2);
  expect(unasked.err).toContain("--yes");
  expect(actions(await run("push", config, "--prune", "--yes", "--json"))).toEqual([
    "unchanged provider acme",
    "delete function greet",
  ]);
  const { out } = await run("providers", "list");
  expect(out).toMatch(/^acme +yes +database +#1/m);
  expect(out).toMatch(/^filed +yes +file +/m);
});

test("a script that the server has from a file is not overwritten", async () => {
  app.writeProvider("acme", { json: { priority: 90 }, script: "export default () => false;\n" });
  putAcme();
  const isThere = async () => (await app.api("/providers/acme")).ok;
  await expect.poll(isThere).toBe(true);
  const { code, err } = await run("push", config);
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringContaining("provider acme differs, and on the server it comes from a file"),
  });
});

test("a provider is shown, deactivated, ordered and deleted", async () => {
  putAcme();
  put("providers/other/provider.json", { name: "other", priority: 5, active: false });
  put("providers/other/match.ts", "export default () => true;\n");
  await run("push", config);
  expect((await run("providers", "show", "acme")).out).toContain("export default () => true;");
  expect(await run("providers", "deactivate", "acme")).toMatchObject({ code: 0 });
  expect(await resultNow()).toBeUndefined();
  await run("providers", "activate", "acme");
  expect(await resultNow()).toBe("one");
  expect(await run("providers", "order", "acme", "other")).toMatchObject({ code: 0 });
  const { items } = JSON.parse((await run("providers", "list", "--json")).out);
  const [acme, other] = ["acme", "other"].map((name) =>
    items.find((one: { name: string }) => one.name === name),
  );
  expect(acme.priority).toBeLessThan(other.priority);
  expect(await run("providers", "delete", "other", "--yes")).toMatchObject({ code: 0 });
  const kept = await run("providers", "delete", "acme", "--yes");
  expect(kept).toMatchObject({
    code: 1,
    err: expect.stringMatching(/functions.*greet.*--cascade/),
  });
  expect(await run("providers", "delete", "acme", "--yes", "--cascade")).toMatchObject({ code: 0 });
  expect((await run("functions", "show", "greet")).code).toBe(1);
  expect((await run("providers", "show", "other")).code).toBe(1);
});

test("an invalid folder is a usage error that names its path", async () => {
  putAcme();
  put("providers/acme/provider.json", { ...ACME, name: "emca" });
  const named = await run("push", config);
  expect({ code: named.code, err: named.err }).toEqual({
    code: 2,
    err: expect.stringContaining('provider.json: name is "emca", expected "acme"'),
  });
  put("providers/acme/provider.json", ACME);
  appendFileSync(join(config, "functions/greet/function.json"), "}");
  expect((await run("push", config)).err).toContain("greet/function.json cannot be read");
  put("functions/greet/function.json", { ...GREET, timeoutMS: 1 });
  for (const command of ["push", "diff"]) {
    const { code, err } = await run(command, config);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining(
        'greet/function.json: found "timeoutMS", expected only $schema, name, ',
      ),
    });
  }
  put("functions/greet/function.json", GREET);
  put("providers/acme/provider.json", { ...ACME, properties: [{ name: "key", secrt: true }] });
  const { code, err } = await run("push", config);
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('provider.json: properties.0: found "secrt", expected only name,'),
  });
  expect((await run("push", root)).err).toContain("found neither");
});
