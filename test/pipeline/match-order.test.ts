/** Match scripts run in order, until the first one matches. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { idIn, type MessageView, type ScriptFolder, startTestApp } from "../support/test-app.ts";

const matching = (header: string, priority: number): ScriptFolder => ({
  json: { priority },
  script: `export default (event, ctx) => {
  ctx.log.info("asked");
  return event.headers[${JSON.stringify(header)}] !== undefined;
};
`,
});

const everything = (priority: number, json: object = {}): ScriptFolder => ({
  json: { priority, ...json },
  script: 'export default (event, ctx) => { ctx.log.info("asked"); return true; };\n',
});

const done = (provider: string): ScriptFolder => ({
  json: { provider, uri: "x" },
  script: "export default (event) => event.provider;\n",
});

const asked = ({ trace }: MessageView) =>
  trace.map(({ provider, matched }) => `${provider}: ${matched ? "yes" : "no"}`);

const shared = new SharedApp();

async function sent(
  providers: Readonly<Record<string, ScriptFolder | "shipped">>,
  headers: Readonly<Record<string, string>> = {},
): Promise<MessageView> {
  const functions = Object.fromEntries(
    Object.keys(providers).map((name) => [`done-${name}`, done(name)]),
  );
  const app = await shared.with({ providers, functions });
  return await app.ended(await idIn(await app.send("x", { headers, body: "{}" })));
}

const THREE = {
  jira: matching("x-atlassian-webhook-identifier", 5),
  github: "shipped",
  slack: matching("x-slack-signature", 15),
} as const;

/** Headers of a new delivery. */
const github = () => ({ "x-github-event": "push", "x-github-delivery": randomUUID() });

test("Jira does not match, GitHub matches, and the script of Slack does not run", async () => {
  const view = await sent(THREE, { ...github(), "x-slack-signature": "v0=00" });
  expect(view).toMatchObject({ status: "SUCCESS", provider: "github", eventType: "push" });
  expect(asked(view)).toEqual(["jira: no", "github: yes"]);
  expect(view.trace[0]?.logs).toMatchObject([{ text: "asked" }]);
  expect(view.executions.map((one) => one.function)).toEqual(["done-github"]);
});

test("every script that ran has its version and its duration in the trace", async () => {
  const { trace } = await sent(THREE, github());
  for (const entry of trace) {
    expect(entry.version).toMatch(/^[0-9a-f]{12}$/);
    expect(entry.durationMs).toBeGreaterThanOrEqual(0);
  }
});

test("the first matching provider gets the message, although a later one would match too", async () => {
  const view = await sent(THREE, { ...github(), "x-atlassian-webhook-identifier": "1" });
  expect(asked(view)).toEqual(["jira: yes"]);
  expect(view.provider).toBe("jira");
});

test("an unmatched message was tried by all providers", async () => {
  const view = await sent(THREE);
  expect(view).toMatchObject({ status: "UNMATCHED", provider: null, executions: [] });
  expect(asked(view)).toEqual(["jira: no", "github: no", "slack: no"]);
});

test("priority 1 is first, regardless of names and of the textual order of numbers", async () => {
  const unmatched = (priority: number) => matching("x-none", priority);
  const view = await sent({
    alpha: unmatched(100),
    beta: unmatched(9),
    gamma: unmatched(20),
    zeta: unmatched(1),
  });
  expect(asked(view)).toEqual(["zeta: no", "beta: no", "gamma: no", "alpha: no"]);
});

test("with equal priority the name decides", async () => {
  const view = await sent({ beta: everything(3), alpha: everything(3) });
  expect(asked(view)).toEqual(["alpha: yes"]);
});

test("the script of an inactive provider does not run", async () => {
  const view = await sent({ first: everything(1, { active: false }), second: everything(2) });
  expect(asked(view)).toEqual(["second: yes"]);
  expect(view.executions.map((one) => one.function)).toEqual(["done-second"]);
});

test("with every provider inactive a message is unmatched, and no script ran", async () => {
  const view = await sent({ first: everything(1, { active: false }) });
  expect(view).toMatchObject({ status: "UNMATCHED", trace: [], executions: [] });
});

test("an inactive function is not run", async () => {
  await using app = await startTestApp({
    providers: { first: everything(1) },
    functions: {
      on: done("first"),
      off: { ...done("first"), json: { provider: "first", uri: "x", active: false } },
    },
  });
  const view = await app.ended(await idIn(await app.send("x")));
  expect(view.executions.map((one) => one.function)).toEqual(["on"]);
});

test("a script that throws does not match, its error has a position, and the next script runs", async () => {
  const throwing = {
    json: { priority: 1 },
    script: 'export default () => {\n  throw new Error("oh");\n};\n',
  };
  const view = await sent({ throwing, next: everything(2) });
  expect(asked(view)).toEqual(["throwing: no", "next: yes"]);
  expect(view.trace[0]?.error).toMatchObject({
    kind: "SCRIPT_ERROR",
    message: "oh",
    line: 2,
    column: 9,
  });
});

test.each(["1", '"yes"', "({})", "undefined", "Promise.resolve(1)"])(
  "%s is not true and does not match",
  async (value) => {
    const script = `export default () => ${value};\n`;
    const view = await sent({ nearly: { json: { priority: 1 }, script }, next: everything(2) });
    expect(asked(view)).toEqual(["nearly: no", "next: yes"]);
    expect(view.trace[0]?.warning !== undefined).toBe(value !== "undefined");
  },
);

test("a failed verification never leads to the next provider", async () => {
  const strict = {
    json: { priority: 1, verification: "enforce" },
    script: "export default () => true;\nexport const verify = () => false;\n",
  };
  const view = await sent({ strict, lax: everything(2) });
  expect(asked(view)).toEqual(["strict: yes"]);
  expect(view).toMatchObject({ status: "REJECTED", provider: "strict", executions: [] });
});

test("functions of another provider do not run, although their URI matches", async () => {
  const view = await sent({ first: everything(1), second: everything(2) });
  expect(view.executions.map((one) => one.function)).toEqual(["done-first"]);
});

test("no script can change the event of the next script, at any depth", async () => {
  const tampers = everything(1);
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const body = `{"deep":${deep},"repo":{"name":"as sent"}}`;
  const providers = {
    tampers: {
      ...tampers,
      script: `export default (event) => {
  try { event.payload.repo.name = "changed"; } catch {}
  try { event.payload.repo.name = "changed"; } catch {}
  return false;
};`,
    },
    next: {
      json: { priority: 2 },
      script: 'export default (event) => event.payload.repo.name === "as sent";',
    },
  };
  const app = await shared.with({ providers });
  const headers = { "content-type": "application/json" };
  const view = await app.ended(await idIn(await app.send("x", { headers, body })));
  expect(asked(view)).toEqual(["tampers: no", "next: yes"]);
});
