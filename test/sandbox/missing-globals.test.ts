/** Errors for missing globals of Node and browsers name the replacement. */
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, idIn } from "../support/test-app.ts";

const shared = new SharedApp();

const providers = { anything: ANYTHING };

test.each([
  ["await fetch('https://example.org')", "fetch is not defined here: ctx.http.fetch requests"],
  ["setTimeout(() => {}, 1)", "setTimeout is not defined here: await ctx.sleep(milliseconds)"],
  ["Buffer.from('a')", "Buffer is not defined here: TextEncoder, TextDecoder"],
  ["process.env.TOKEN", "process is not defined here: ctx.properties"],
  ["require('lodash')", "require is not defined here: import"],
  ["nothingInParticular", "nothingInParticular is not defined"],
  ["throw new Error('fetch is not defined')", "fetch is not defined"],
])("%s: %s", async (code, message) => {
  const script = `export default async (event, ctx) => {\n  ${code};\n};\n`;
  const app = await shared.with({ providers, functions: { one: fn("x", script) } });
  const view = await app.ended(await idIn(await app.send("x")));
  const error = view.executions[0]?.error;
  expect(error).toMatchObject({ kind: "SCRIPT_ERROR", line: 2 });
  expect(error?.message.startsWith(message)).toBe(true);
  if (!message.includes(" here: ")) expect(error?.message).toBe(message);
});

test("errors in match scripts do not name replacements that only functions have", async () => {
  const script = "export default () => fetch('https://example.org');\n";
  const app = await shared.with({ providers: { asks: { json: { priority: 1 }, script } } });
  const view = await app.ended(await idIn(await app.send("x")));
  expect(view.trace[0]?.error).toMatchObject({ line: 1, message: "fetch is not defined" });
});
