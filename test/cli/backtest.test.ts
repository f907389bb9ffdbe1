/** `hookyard test` and `hookyard backtest` against a real server. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commandHere, type Ran } from "../support/command.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const ACME = { name: "acme", priority: 10 };

let app: TestApp;
let run: (...args: readonly string[]) => Promise<Ran>;
let root: string;

beforeEach(async () => {
  root = tempFolder().path;
  app = await startTestApp();
  run = (...args) => commandHere(app, ...args);
});
afterEach(async () => {
  await app[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

function put(path: string, text: string | object): void {
  const target = join(root, path);
  mkdirSync(join(target, ".."), { recursive: true });
  writeFileSync(target, typeof text === "string" ? text : JSON.stringify(text));
}

function putAcme(): void {
  put("providers/acme/provider.json", ACME);
  put("providers/acme/match.ts", "export default () => true;\n");
  put("functions/greet/function.json", { name: "greet", provider: "acme", uri: "in" });
  put("functions/greet/index.ts", "export default () => 1;\n");
}

test("a backtest lists messages with another outcome, and exits with 1 under --exit-code", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 3; n += 1) ids.push(await idIn(await app.send("in")));
  await Promise.all(ids.map((id) => app.ended(id)));
  putAcme();
  put("providers/acme/provider.json", { ...ACME, active: false });
  await run("push", root);
  put("providers/acme/provider.json", ACME);
  const { code, out, err } = await run("backtest", root, "--last", "10", "--exit-code");
  expect({ code, err }).toEqual({ code: 1, err: "" });
  for (const id of ids) expect(out).toMatch(new RegExp(`${id} .* unmatched +acme, greet`));
  expect(out).toContain("3 of 3 messages would end otherwise");
  const { status } = await app.ended(await idIn(await app.send("in")));
  expect(status).toBe("UNMATCHED");
  await run("push", root);
  const { out: json } = await run("backtest", root, "--last", "10", "--json");
  expect(JSON.parse(json)).toMatchObject({ done: 4, total: 4, summary: { changed: 0 } });
});

describe("test", () => {
  test("tests a draft on a message of the server, and stores nothing", async () => {
    putAcme();
    await run("push", root);
    const id = await idIn(await app.send("in", { body: '{"n":1}' }));
    await app.ended(id);
    const script = 'export default ({ payload }) => { if (payload.n) throw new Error("no n"); };\n';
    put("functions/greet/index.ts", script);
    const failed = await run("test", join(root, "functions/greet"), "--message", id);
    expect(failed.code).toBe(1);
    expect(failed.out).toMatch(/^outcome +FAILED/m);
    expect(failed.out).toContain("SCRIPT_ERROR at 1:56: Error: no n");
    const { executions } = await app.ended(await idIn(await app.send("in")));
    expect(executions[0]?.result).toBe(1);
  });

  test("tests a provider on a sample, and shows event type and delivery id", async () => {
    cpSync("providers/github", join(root, "providers/github"), { recursive: true });
    const draft = join(root, "providers/github");
    const claimed = await run("test", draft, "--sample", "push", "--json");
    expect(claimed.code).toBe(0);
    expect(JSON.parse(claimed.out)).toMatchObject({ matched: true, eventType: "push" });
    const other = await run("test", draft, "--sample", "providers/slack/samples/event.json");
    expect(other.code).toBe(1);
    expect(other.out).toMatch(/^matched +no$/m);
  });
});
