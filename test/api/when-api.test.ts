/** `when` on a real server: in the order of the providers, in the message log, over the API and in the command. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandHere } from "../support/command.ts";
import { tempFolder } from "../support/temp-folder.ts";
import {
  idIn,
  type MessageView,
  type ScriptFolder,
  startTestApp,
  type TestApp,
} from "../support/test-app.ts";

/** This script throws when it runs, so that a trace shows whether it ran. */
const mustNotBeAsked = (priority: number, when: unknown): ScriptFolder => ({
  json: { priority, when },
  script: 'export default () => { throw new Error("it was asked"); };\n',
});

const matching = (priority: number, json: object = {}): ScriptFolder => ({
  json: { priority, ...json },
  script: "export default () => true;\n",
});

const WHEN = {
  method: ["POST"],
  headers: { "X-Acme": true, "user-agent": "Acme/*" },
  uri: "in/**",
};

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    providers: {
      first: mustNotBeAsked(1, { headers: { "x-first": true } }),
      second: mustNotBeAsked(2, [{ method: ["GET"] }, { contentType: ["text/xml"] }]),
      third: matching(3, { when: { headers: { "X-Third": "ye*" } } }),
      fourth: mustNotBeAsked(4, { maxBodyBytes: 3 }),
      fifth: matching(5, { when: { headers: { "x-fifth": true } } }),
    },
    functions: {
      done: { json: { provider: "fifth", uri: "**" }, script: "export default () => 1;\n" },
    },
  });
});
afterAll(() => app[Symbol.asyncDispose]());

const sent = async (headers: Readonly<Record<string, string>>, body = '{"a":1}') => {
  const id = await idIn(await app.send("x", { headers, body }));
  return await app.ended(id);
};

const told = ({ trace }: MessageView) =>
  trace.map(({ provider, matched, passedOver, error }) =>
    [provider, matched ? "yes" : (passedOver ?? error?.message ?? "no")].join(": "),
  );

const JSON_TYPE = { "content-type": "application/json" };

test("the first provider whose `when` and script match gets the message, and the trace says why others were skipped", async () => {
  const view = await sent({ ...JSON_TYPE, "x-fifth": "" });
  expect(view).toMatchObject({ status: "SUCCESS", provider: "fifth" });
  expect(told(view)).toEqual([
    "first: no header x-first",
    "second: method is POST, expected GET; content type is not text/xml",
    "third: no header x-third",
    "fourth: body has more than 3 bytes",
    "fifth: yes",
  ]);
  expect(view.trace.slice(0, 4).map(({ durationMs }) => durationMs)).toEqual([0, 0, 0, 0]);
});

test("a trace has the providers before the one that matched, and none after it", async () => {
  const view = await sent({ "x-third": "yes", "x-fifth": "", "content-type": "text/plain" });
  expect(told(view)).toEqual([
    "first: no header x-first",
    "second: method is POST, expected GET; content type is not text/xml",
    "third: yes",
  ]);
});

test("a reason never quotes the value of a header", async () => {
  const view = await sent({ ...JSON_TYPE, "x-third": "s3cret" });
  expect(view.status).toBe("UNMATCHED");
  expect(told(view)[2]).toBe("third: header x-third does not fit ye*");
  expect(JSON.stringify(view.trace)).not.toContain("s3cret");
});

test("an edited copy is matched by its own headers and body, not by those of the original", async () => {
  const { id } = await sent(JSON_TYPE);
  const body = JSON.stringify({ headers: { "X-Fifth": "1" } });
  const response = await app.api(`/messages/${id}/resubmit`, { method: "POST", body });
  expect(response.status).toBe(202);
  expect(await app.ended(await idIn(response))).toMatchObject({ status: "SUCCESS", edited: true });
});

test("`messages show` prints the reason instead of a duration", async () => {
  const { id } = await sent({ ...JSON_TYPE, "x-fifth": "1" });
  const { out: short } = await commandHere(app, "messages", "show", id);
  expect(short).toMatch(/\(--all shows why\)/);
  const { out } = await commandHere(app, "messages", "show", id, "--all");
  expect(out).toMatch(/no {3}first[^\n]*\n {7}skipped: no header x-first\n/);
  expect(out).toMatch(/yes {2}fifth {20}.*\d ms/);
});

test("a test run takes `when` from the draft, and says which conditions the request does not meet", async () => {
  const request = { method: "POST", uri: "in/a", headers: { "X-Acme": "1" }, body: "{}" };
  const tried = async (provider: object, script?: string) => {
    const body = JSON.stringify({ provider, request, script });
    return await (await app.api("/test-runs", { method: "POST", body })).json();
  };
  const yes = "export default () => true;";
  const wrong = { headers: { "user-agent": "Acme/*" } };
  expect(await tried({ name: "draft", when: wrong }, yes)).toMatchObject({
    kind: "provider",
    matched: false,
    passedOver: "no header user-agent",
    error: null,
    durationMs: 0,
  });
  const met = await tried({ name: "draft", when: { headers: { "x-acme": true } } }, yes);
  expect(met).toMatchObject({ matched: true });
  expect(met).not.toHaveProperty("passedOver");
  // For an installed provider the draft changes only `when`.
  expect(await tried({ name: "third", when: null })).toMatchObject({ matched: true });
  expect(await tried({ name: "third" })).toMatchObject({ passedOver: "no header x-third" });
});

async function called(method: string, path: string, body?: object) {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await app.api(path, { method, ...init });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

test("the API stores, returns, changes and removes `when` as it was written", async () => {
  const script = "export default () => true;\n";
  const made = await called("POST", "/providers", {
    name: "acme",
    priority: 10,
    when: WHEN,
    script,
  });
  expect(made).toMatchObject({ status: 201, json: { when: WHEN } });
  expect((await called("GET", "/providers/acme")).json["when"]).toEqual(WHEN);
  const list = [{ method: ["GET"] }, { maxBodyBytes: 0 }];
  const changed = await called("PATCH", "/providers/acme", { when: list });
  expect(changed.json["when"]).toEqual(list);
  expect(changed.json["version"]).not.toBe(made.json["version"]);
  expect((await called("GET", "/providers/acme/versions/1")).json).toMatchObject({
    definition: { when: WHEN },
  });
  const gone = await called("PATCH", "/providers/acme", { when: null });
  expect(gone.json).not.toHaveProperty("when");
  await called("POST", "/providers/acme/versions/2/activate");
  expect((await called("GET", "/providers/acme")).json["when"]).toEqual(list);
  await app.api("/providers/acme", { method: "DELETE" });
});

test("a trace has the reasons of the version that ran, also after the provider has changed", async () => {
  const script = 'export default () => { throw new Error("it was asked"); };\n';
  const when = { headers: { "x-then": true } };
  await called("POST", "/providers", { name: "then", priority: 1, when, script });
  const before = await sent(JSON_TYPE);
  expect(told(before)).toContain("then: no header x-then");
  await called("PATCH", "/providers/then", { when: { method: ["PUT"] } });
  const after = await sent(JSON_TYPE);
  await app.api("/providers/then", { method: "DELETE" });
  expect(told(await app.ended(before.id))).toContain("then: no header x-then");
  expect(told(await app.ended(after.id))).toContain("then: method is POST, expected PUT");
});

test.each([
  [{}, /expected at least one of method/],
  [{ headers: { "x a": true } }, /x a: expected a header name/],
  [[{ methods: ["GET"] }], /Unrecognized key: \\"methods\\"/],
])("%j is refused with what was expected", async (when, says) => {
  const script = "export default () => true;\n";
  const body = { name: "wrong", priority: 10, when, script };
  const made = await called("POST", "/providers", body);
  expect(made.status).toBe(400);
  expect(JSON.stringify(made.json)).toMatch(says);
  expect((await called("PATCH", "/providers/first", { when })).status).toBe(400);
});

test("pull writes `when` unchanged, diff shows no difference, and push adds and removes it", async () => {
  using folder = tempFolder();
  const run = (...args: readonly string[]) => commandHere(app, ...args);
  const script = "export default () => true;\n";
  await called("POST", "/providers", { name: "pulled", priority: 11, when: WHEN, script });
  expect((await run("pull", folder.path)).code).toBe(0);
  const file = join(folder.path, "providers", "pulled", "provider.json");
  const read = () => JSON.parse(readFileSync(file, "utf8"));
  expect(read().when).toEqual(WHEN);
  expect((await run("diff", folder.path)).out).not.toMatch(/^[+-]/m);
  const list = [WHEN, { method: ["GET"] }];
  writeFileSync(file, JSON.stringify({ ...read(), when: list }));
  expect((await run("diff", folder.path)).out).toMatch(/^\+ +"GET"$/m);
  expect((await run("push", folder.path, "--yes")).code).toBe(0);
  expect((await called("GET", "/providers/pulled")).json["when"]).toEqual(list);
  writeFileSync(file, JSON.stringify({ ...read(), when: undefined }));
  expect((await run("push", folder.path, "--yes")).code).toBe(0);
  expect((await called("GET", "/providers/pulled")).json).not.toHaveProperty("when");
  expect((await run("providers", "show", "third")).out).toContain("X-Third");
});
