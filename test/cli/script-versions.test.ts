/** `functions versions|show|rollback` against a real server. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commandHere, type Ran } from "../support/command.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { idIn, startTestApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
let run: (...args: readonly string[]) => Promise<Ran>;
let config: string;

beforeEach(async () => {
  config = tempFolder().path;
  app = await startTestApp();
  run = (...args) => commandHere(app, ...args);
  put("providers/acme/provider.json", JSON.stringify({ name: "acme", priority: 10 }));
  put("providers/acme/match.ts", "export default () => true;\n");
  put(
    "functions/greet/function.json",
    JSON.stringify({ name: "greet", provider: "acme", uri: "in" }),
  );
  put("functions/greet/index.ts", says("one"));
  await run("push", config);
});
afterEach(async () => {
  await app[Symbol.asyncDispose]();
  rmSync(config, { recursive: true });
});

function put(path: string, text: string): void {
  const target = join(config, path);
  mkdirSync(join(target, ".."), { recursive: true });
  writeFileSync(target, text);
}

const says = (word: string) => `export default () => "${word}";\n`;

const resultNow = async () => {
  const { executions } = await app.ended(await idIn(await app.send("in")));
  return executions[0]?.result;
};

test("a rollback activates the version before, or any given version", async () => {
  for (const word of ["two", "three"]) {
    put("functions/greet/index.ts", says(word));
    await run("functions", "push", join(config, "functions/greet"), "--note", word);
  }
  expect(await resultNow()).toBe("three");
  const back = await run("functions", "rollback", "greet");
  expect(back).toMatchObject({ code: 0, out: "greet: version #2 is active, before it was #3\n" });
  expect(await resultNow()).toBe("two");
  await run("functions", "rollback", "greet", "--to", "1");
  expect(await resultNow()).toBe("one");
  const { out } = await run("functions", "versions", "greet");
  expect(out).toMatch(/^#1 +[0-9a-f]{12} +yes +\S+ +\S+$/m);
  expect(out).toMatch(/^#3 +[0-9a-f]{12} +20\S+ +\S+ +three$/m);
  const none = await run("functions", "rollback", "greet");
  expect(none.code).toBe(1);
  expect(none.err).toContain("has no version before #1");
});

test("numbers and hashes of versions are printed together, and each command accepts both", async () => {
  const id = await idIn(await app.send("in"));
  await app.ended(id);
  put("functions/greet/index.ts", says("two"));
  await run("functions", "push", join(config, "functions/greet"));
  const { out: shown } = await run("messages", "show", id);
  const [, hash = ""] = /greet #1 ([0-9a-f]{12})$/m.exec(shown) ?? [];
  expect(hash).not.toBe("");
  expect(shown).toMatch(/yes +acme .*#1 [0-9a-f]{12}/);
  const script = 'export default () => "one"';
  for (const named of ["1", "#1", hash, hash.slice(0, 7)]) {
    expect((await run("functions", "versions", "greet", "--show", named)).out).toContain(script);
    const { out } = await run("functions", "show", "greet", "--version", named);
    expect(out).toContain(`greet  version #1 ${hash}`);
  }
  const unknown = await run("functions", "show", "greet", "--version", "f00dface");
  expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining("functions versions") });
  await run("functions", "rollback", "greet", "--to", hash);
  expect(await resultNow()).toBe("one");
  expect((await run("functions", "show", "greet")).out).toContain(`database, version #1 ${hash}`);
  expect((await run("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("a rollback skips the versions that were rolled back before", async () => {
  const push = async (word: string) => {
    put("functions/greet/index.ts", says(word));
    await run("functions", "push", join(config, "functions/greet"));
  };
  await push("bad");
  await run("functions", "rollback", "greet");
  await push("worse");
  const { out } = await run("functions", "rollback", "greet");
  expect(out).toBe("greet: version #1 is active, before it was #3\n");
  expect(await resultNow()).toBe("one");
  await run("functions", "delete", "greet", "--yes");
  const back = await run("functions", "rollback", "greet", "--to", "1", "--json");
  expect(JSON.parse(back.out)).toEqual({ name: "greet", from: null, to: 1 });
});

test("a folder that cannot be read is listed with its problem", async () => {
  app.writeFile("functions/empty/notes.txt", "the script comes later");
  const listed = async () => (await run("functions", "list")).out;
  await expect.poll(listed).toMatch(/^empty +no +file +.*there is no function\.json$/m);
  expect((await run("doctor", "--remote")).out).toContain("script of empty");
});
