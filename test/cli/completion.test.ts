/** Completion of the names of providers, functions and properties, as a shell asks for it. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hookyardHere } from "../support/command.ts";
import { ANYTHING, fn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

let app: TestApp;

beforeAll(async () => {
  const properties = [{ name: "secret", secret: true }];
  app = await startTestApp({
    providers: { slack: ANYTHING, stripe: { ...ANYTHING, json: { priority: 2, properties } } },
    functions: {
      "of-slack": fn("slack", "export default () => 1;", { provider: "slack" }),
      "of-stripe": fn("stripe", "export default () => 1;", { provider: "stripe" }),
    },
  });
});
afterAll(() => app[Symbol.asyncDispose]());

const SERVER = "on the server";
/** A server that does not answer. */
const FOLDERS = "in the folders";

test.each([
  [SERVER, ["providers", "show", "s"], ["slack", "stripe"]],
  [FOLDERS, ["providers", "show", "sl"], ["slack"]],
  [SERVER, ["functions", "delete", ""], ["of-slack", "of-stripe"]],
  [FOLDERS, ["functions", "versions", "of-st"], ["of-stripe"]],
  [SERVER, ["messages", "list", "--provider", "st"], ["stripe"]],
  [
    SERVER,
    ["messages", "resubmit", "--status", "FAILED", "--run", "of-s"],
    ["of-slack", "of-stripe"],
  ],
  [SERVER, ["backtest", "--order", "sl"], ["slack"]],
  [SERVER, ["secret", "set", "stripe", "s"], ["secret"]],
  [SERVER, ["send", "sl"], ["slack"]],
  [FOLDERS, ["send", "sl"], ["slack"]],
  [SERVER, ["token", "revoke", "s"], []],
  [SERVER, ["messages", "show", "s"], []],
])("names %s complete %j", async (where, words, names) => {
  const { code, out, err } = await hookyardHere(["complete", "--", ...words], {
    HOOKYARD_URL: where === SERVER ? app.url : "http://127.0.0.1:9",
    HOOKYARD_TOKEN: TOKEN,
    HOOKYARD_PROVIDERS_DIR: join(app.folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(app.folder, "functions"),
  });
  const found = out.trim().split("\n");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(found.slice(0, -1).map((line) => line.split("\t")[0])).toEqual(names);
  expect(found.at(-1)).toMatch(/^:\d+$/);
});

test("a setting that is wrong, or a token that is refused, prints no error into a shell", async () => {
  for (const environment of [
    { HOOKYARD_URL: "nowhere" },
    { HOOKYARD_URL: app.url, HOOKYARD_TOKEN: "wrong" },
  ]) {
    const words = ["complete", "--", "providers", "show", "no-such"];
    const ran = await hookyardHere(words, environment);
    expect(ran).toMatchObject({ code: 0, err: "" });
  }
});
