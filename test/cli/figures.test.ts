/** `hookyard stats` and `hookyard problems` against a real server. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ListedMessage } from "../../src/cli/answers.ts";
import { commandHere, type Ran } from "../support/command.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const FAILS = "export default (event) => { throw new Error('no such ' + event.payload.thing); };\n";

let app: TestApp;
let run: (...args: readonly string[]) => Promise<Ran>;
let bad: string;

beforeAll(async () => {
  app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: { greet: fn("good", "export default () => 'hello';\n"), fail: fn("bad", FAILS) },
  });
  run = (...args) => commandHere(app, ...args);
  const good = await idIn(await app.send("good"));
  bad = await idIn(await app.send("bad", { body: JSON.stringify({ thing: "\u001b[31mbranch" }) }));
  await Promise.all([app.ended(good), app.ended(bad)]);
});
afterAll(() => app[Symbol.asyncDispose]());

test("stats counts by status, provider or function, as a table or in JSON", async () => {
  const { out, code } = await run("stats", "--by", "function", "--from", "1h");
  expect(code).toBe(0);
  const [, head, ...lines] = out.trimEnd().split("\n");
  expect(head).toMatch(/^FUNCTION +COUNT +FAILED +P50 MS/);
  expect(lines.map((line) => line.split(/ +/).slice(0, 3))).toEqual(
    expect.arrayContaining([
      ["greet", expect.any(String), "0"],
      ["(all)", expect.any(String), expect.stringMatching(/[1-9]/)],
    ]),
  );
  const found = JSON.parse((await run("stats", "--status", "FAILED", "--json")).out);
  expect(found.series.map(({ name }: { name: string }) => name)).toEqual(["FAILED"]);
});

test("problems are listed by cause, muted, and resubmitted as a group", async () => {
  const { out } = await run("problems");
  const [head, ...lines] = out.trimEnd().split("\n");
  const first = lines.find((line) => / fail +Error/.test(line)) ?? "";
  expect(head).toMatch(/^LAST +KEY +COUNT +BY TIME +WHERE +CAUSE/);
  expect(first).toMatch(/ f-[0-9a-f]{20} .* fail +Error: no such /);
  expect(out).not.toContain("\u001b");
  const key = /f-[0-9a-f]{20}/.exec(first)?.[0] ?? "";
  const listed = await run("messages", "list", "--problem", key, "--json");
  expect(JSON.parse(listed.out).items.map(({ id }: ListedMessage) => id)).toContain(bad);
  const dry = await run("messages", "resubmit", "--problem", key, "--again", "--dry-run");
  expect(dry.out).toMatch(/^\d+ messages? would be resubmitted/);
  expect((await run("problems", "mute", key, "--until", "7d")).out).toContain("muted until 2");
  expect((await run("problems")).out).not.toContain(key);
  expect((await run("problems", "--all")).out).toContain("(muted)");
  expect((await run("problems", "unmute", key)).out).toContain("not muted");
  expect((await run("problems", "mute", key, "--until", "soon")).code).toBe(2);
});
