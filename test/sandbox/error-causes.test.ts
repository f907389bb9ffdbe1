/** Errors keep their cause and the parts of an AggregateError: in failures, logs and results. */
import { expect, test } from "vitest";
import { loggable } from "../../src/logger.ts";
import { commandHere } from "../support/command.ts";
import { SharedApp } from "../support/shared-app.ts";
import { fn, idIn } from "../support/test-app.ts";

const shared = new SharedApp({ ACME_SECRET: "the-secret-of-acme" });
const provider = {
  json: { priority: 1, properties: [{ name: "secret", secret: true, env: "ACME_SECRET" }] },
  script: `export default (event) => {
  if (event.uri === "match") throw new Error("outer", { cause: new RangeError("inner") });
  return true;
};`,
};
const THROWING = `export default (event, ctx) => {
  const root = new TypeError("no connection with " + ctx.properties.secret);
  const parts = [new RangeError("first"), "second"];
  const cause = new AggregateError(parts, "both failed", { cause: root });
  cause.cause.cause = cause;
  throw new Error("could not deliver", { cause });
};`;
const LOGGING = `export default (event, ctx) => {
  const error = new Error("outer", { cause: new TypeError("inner") });
  ctx.log.warn(error);
  ctx.log.warn({ error: Object.assign(error, { code: "E_ONE" }) });
  return Promise.allSettled([Promise.reject(error), Promise.any([Promise.reject(error)])]);
};`;
const installed = {
  providers: { acme: provider },
  functions: {
    throwing: fn("throwing", THROWING, { provider: "acme" }),
    logging: fn("logging", LOGGING, { provider: "acme" }),
  },
};

test("a failure shows the causes of its error with their positions, each once, and no secret", async () => {
  const app = await shared.with(installed);
  const id = await idIn(await app.send("throwing"));
  const { executions } = await app.ended(id);
  const { error } = executions[0] ?? {};
  expect(error).toMatchObject({ name: "Error", message: "could not deliver", line: 6 });
  expect(error?.causes).toMatchObject([
    { name: "AggregateError", message: "both failed", line: 4 },
    { name: "TypeError", message: expect.stringContaining("no connection with"), line: 2 },
    { name: "RangeError", message: "first", line: 3, frame: expect.stringContaining("> ") },
    { message: "second was thrown, which is not an Error" },
  ]);
  expect(JSON.stringify(executions)).not.toContain("the-secret");
  const { out } = await commandHere(app, "messages", "show", id);
  expect(out).toMatch(/caused by at 3:\d+: RangeError: first/);
});

test("an error whose properties throw keeps its own text, in the log and as a failure", async () => {
  const script = `export default (event, ctx) => {
    const error = new AggregateError([], "broken parts");
    Object.defineProperty(error.errors, 0, { get() { throw 1; } });
    ctx.log.warn(error);
    throw error;
  };`;
  const app = await shared.with({
    ...installed,
    functions: { hostile: fn("hostile", script, { provider: "acme" }) },
  });
  const { executions } = await app.ended(await idIn(await app.send("hostile")));
  expect(executions[0]?.error).toMatchObject({ name: "AggregateError", message: "broken parts" });
  expect(executions[0]?.logs[0]?.text).toContain("broken parts");
});

test("the trace of a match script shows the cause of its error", async () => {
  const app = await shared.with(installed);
  const { trace } = await app.ended(await idIn(await app.send("match")));
  expect(trace[0]?.error).toMatchObject({
    message: "outer",
    causes: [{ name: "RangeError", message: "inner", line: 2 }],
  });
});

test("logs and results hold errors with their causes", async () => {
  const app = await shared.with(installed);
  const { executions } = await app.ended(await idIn(await app.send("logging")));
  const [first, second] = (executions[0]?.logs ?? []).map(({ text }) => text);
  expect(first).toMatch(/^Error: outer\n[\s\S]*\ncaused by: TypeError: inner/);
  expect(JSON.parse(second ?? "")).toEqual({
    error: { name: "Error", message: "outer", code: "E_ONE", cause: expect.anything() },
  });
  expect(executions[0]?.result).toMatchObject([
    { reason: { name: "Error", message: "outer", cause: { name: "TypeError", message: "inner" } } },
    { reason: { name: "AggregateError", errors: [{ message: "outer" }] } },
  ]);
});

test("the server's log has the parts of an AggregateError", () => {
  const parts = [new TypeError("one"), new RangeError("two", { cause: new Error("three") })];
  expect(loggable(new AggregateError(parts, "all"))).toMatchObject({
    type: "AggregateError",
    errors: [
      { type: "TypeError", message: "one" },
      { type: "RangeError", cause: { message: "three" } },
    ],
  });
});
