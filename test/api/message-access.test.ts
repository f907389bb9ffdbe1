/** Which parts of a message a token may read: the outcome, the content, the logs of scripts, and secret headers. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Permission } from "../../src/model/permission.ts";
import { secretHeaderNames } from "../../src/model/sensitive-headers.ts";
import { headerSpellings } from "../../src/sandbox/child/header-spellings.ts";
import { maskOf } from "../../src/sandbox/child/mask.ts";
import { idIn, type MessageView, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

const SIGNATURE = "sha256=5f0e1d2c3b4a59687766";
const OWN = "the-value-of-acmes-own-header";
const HEADERS = { "x-acme-signature": SIGNATURE, "acme-proof": OWN, "x-plain": "a plain value" };

const MATCH = `export default (event, ctx) => {
  ctx.log.info("match saw " + event.headers["acme-proof"]);
  return true;
};
export const verify = (event) => ({ ok: false, reason: "not like " + event.headers["x-acme-signature"] });`;

const LOUD = `export default (event, ctx) => {
  ctx.log.info("all: " + JSON.stringify(event.headers));
  ctx.setMessage("got " + event.headers["acme-proof"]);
  return { proof: event.headers["acme-proof"], body: event.payload };
};`;
const THROWS = `export default (event) => {
  throw new Error("bad " + event.headers["x-acme-signature"].slice(7));
};`;

let app: TestApp;
let id: string;
let made = 0;

async function tokenWith(...permissions: readonly Permission[]): Promise<string> {
  const name = `${permissions.join(".").replaceAll(":", "-")}-${made++}`;
  const body = JSON.stringify({ name, permissions });
  const response = await app.api("/tokens", { method: "POST", body });
  return ((await response.json()) as { token: string }).token;
}

async function seenBy(token: string, path = `/messages/${id}`) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${app.url}/api/v1${path}`, { headers });
  const text = await response.text();
  return { status: response.status, text, json: JSON.parse(text) as MessageView };
}

beforeAll(async () => {
  app = await startTestApp({
    providers: {
      acme: {
        json: { priority: 1, verification: "report", secretHeaders: ["Acme-Proof"] },
        script: MATCH,
      },
    },
    functions: {
      loud: { json: { provider: "acme", uri: "x" }, script: LOUD },
      throws: { json: { provider: "acme", uri: "x" }, script: THROWS },
      parses: {
        json: { provider: "acme", uri: "parse", retry: { maxAttempts: 2, backoffMs: 60_000 } },
        script: "export default (event) => JSON.parse(event.rawBody);\n// a line of the script",
      },
      named: {
        json: { provider: "acme", uri: "named" },
        script:
          "export default (event) => { const error = new Error('x'); error.name = 'is ' + event.rawBody; throw error; };",
      },
    },
  });
  id = await idIn(await app.send("x?key=1", { body: "in the body", headers: HEADERS }));
  await app.ended(id);
});
afterAll(async () => app[Symbol.asyncDispose]());

test("without messages:details an answer has the names of headers, but no values, query or results", async () => {
  const { json, text } = await seenBy(await tokenWith("messages:read"));
  expect(json).toMatchObject({ hidden: ["details", "logs"], query: null, status: "FAILED" });
  expect(json.headers).toContainEqual(["x-plain", null]);
  expect(json.executions).toMatchObject([
    { function: "loud", result: null, logs: [], attempts: [{ result: null, logs: [] }] },
    { function: "throws", result: null, logs: [], attempts: [{ result: null, logs: [] }] },
  ]);
  expect(json.trace).toMatchObject([{ provider: "acme", matched: true, logs: [] }]);
  for (const hidden of [SIGNATURE.slice(7), OWN, "a plain value", "in the body", "key=1"])
    expect(text).not.toContain(hidden);
});

test("with messages:details an answer has values, query and results, but no logs", async () => {
  const { json } = await seenBy(await tokenWith("messages:read", "messages:details"));
  expect(json).toMatchObject({ hidden: ["logs"], query: "key=1" });
  expect(json.headers).toContainEqual(["x-acme-signature", SIGNATURE]);
  expect(json.executions[0]).toMatchObject({
    result: { proof: OWN, body: "in the body" },
    logs: [],
  });
});

test("logs and texts of scripts show headers, except secret ones", async () => {
  const { json, text } = await seenBy(await tokenWith("messages:read", "messages:logs"));
  expect(json).toMatchObject({ hidden: ["details"], message: "Error" });
  expect(json.verification).toEqual({ mode: "report", result: "failed" });
  const { json: whole } = await seenBy(await tokenWith("messages:read", "messages:details"));
  expect(whole.verification).toMatchObject({ reason: "not like [x-acme-signature]" });
  expect(json.trace[0]?.logs).toMatchObject([{ text: "match saw [acme-proof]" }]);
  const [loud, throws] = json.executions;
  expect(throws?.error).toMatchObject({ kind: "SCRIPT_ERROR", name: "Error", message: null });
  expect(loud?.message).toBe("got [acme-proof]");
  expect(loud?.logs[0]?.text).toContain('"x-plain":"a plain value"');
  for (const hidden of [SIGNATURE.slice(7), OWN]) expect(text).not.toContain(hidden);
});

test("lists hold no secret header", async () => {
  const { status, text } = await seenBy(
    await tokenWith("messages:read", "scripts:read"),
    "/messages",
  );
  expect(status).toBe(200);
  expect(text).toContain(id);
  for (const hidden of [SIGNATURE.slice(7), OWN]) expect(text).not.toContain(hidden);
});

test("a search in the content of messages requires messages:details, also when it only counts", async () => {
  const reader = await tokenWith("messages:read", "messages:resubmit");
  const refused = await seenBy(reader, "/messages?q=body");
  expect(refused.status).toBe(403);
  expect(refused.text).toContain("messages:details");
  const counting = await fetch(`${app.url}/api/v1/messages/resubmit`, {
    method: "POST",
    headers: { authorization: `Bearer ${reader}` },
    body: JSON.stringify({ q: "body", dryRun: true }),
  });
  expect(counting.status).toBe(403);
  const other = await tokenWith("messages:read", "messages:details", "messages:resubmit");
  expect((await seenBy(other, "/messages?q=body")).status).toBe(200);
});

test.each([
  [["Authorization", "Bearer abcdefgh12345"], "got abcdefgh12345", "got [authorization]"],
  [["authorization", "Basic dXNlcjpwYXNzd29yZDE="], "password1!", "[authorization]!"],
  [["Cookie", "a=12345678; sid=abcdefghij"], "sid abcdefghij", "sid [cookie]"],
  [
    ["Stripe-Signature", "t=1700000000,v1=abcdef0123456789"],
    "abcdef0123456789",
    "[stripe-signature]",
  ],
  [["X-Gitlab-Token", 'quo"ted-token'], '{"t":"quo\\"ted-token"}', '{"t":"[x-gitlab-token]"}'],
  [["x-own", "a-value-of-its-own"], "a-value-of-its-own", "[x-own]"],
  [["x-other", "a-value-of-no-secret"], "a-value-of-no-secret", "a-value-of-no-secret"],
  [["x-api-key", "short"], "a short one", "a short one"],
] as const)("of the header %j the text %j reads %j", (header, text, masked) => {
  const [name, value] = header;
  const secret = new Set(secretHeaderNames([header], new Set(["x-own"])));
  const spellings = headerSpellings(new Map([[name.toLowerCase(), [value]]]), secret);
  expect(maskOf(spellings).apply(text)).toBe(masked);
});

const PARSED = "hunter2 is the password";

test.each(["parse", "named"])(
  "without messages:details the error of a function at %s shows no part of the body",
  async (uri) => {
    const body = `${PARSED}`;
    const sent = await idIn(await app.send(uri, { body, headers: HEADERS }));
    const ended = async () => (await (await app.api(`/messages/${sent}`)).json()) as MessageView;
    await expect.poll(async () => (await ended()).executions[0]?.attempts.length).toBe(1);
    const reader = await tokenWith("messages:read");
    const list = await seenBy(reader, `/messages?uri=${uri}`);
    const details = await seenBy(reader, `/messages/${sent}`);
    for (const { text } of [list, details]) {
      expect(text).not.toContain("hunter2");
      expect(text).not.toContain("a line of the script");
    }
    const error = { kind: "SCRIPT_ERROR", message: null, line: 1 };
    expect(details.json.executions).toMatchObject([{ error, attempts: [{ error }] }]);
    const full = await seenBy(
      await tokenWith("messages:read", "messages:details"),
      `/messages/${sent}`,
    );
    expect(full.text).toContain("hunter2");
    expect(full.json.executions[0]?.error).toHaveProperty("stack");
    expect(full.json.executions[0]?.error).not.toHaveProperty("frame");
    const scripts = await seenBy(
      await tokenWith("messages:read", "scripts:read"),
      `/messages/${sent}`,
    );
    expect(scripts.json.executions[0]?.error).toHaveProperty("frame");
    expect(scripts.json.executions[0]?.error).not.toHaveProperty("stack");
    expect(scripts.text).not.toContain("hunter2");
  },
);

test("without messages:details texts of match scripts and events show no part of the body", async () => {
  app.writeProvider("aaa-fails", {
    json: { priority: 1, verification: "report" },
    script: `export default (event) => {
      if (event.uri === "thrown") throw new SyntaxError("found " + event.rawBody);
      if (event.uri === "returned") return event.rawBody;
      return event.uri === "verified";
    };
    export const verify = (event) => { throw new Error("wrong: " + event.rawBody); };`,
  });
  app.writeProvider("aab-refuses", {
    json: { priority: 1, verification: "enforce" },
    script: `export default (event) => event.uri === "refused";
    export const verify = (event) => ({ ok: false, reason: "no: " + event.rawBody });`,
  });
  await expect
    .poll(() => app.app.registry().providers.map(({ name }) => name))
    .toEqual(expect.arrayContaining(["aaa-fails", "aab-refuses"]));
  const reader = await tokenWith("messages:read");
  const done = new AbortController();
  const followed = await fetch(`${app.url}/api/v1/messages/events`, {
    headers: { authorization: `Bearer ${reader}` },
    signal: done.signal,
  });
  let streamed = "";
  const reading = (async () => {
    for await (const chunk of followed.body?.pipeThrough(new TextDecoderStream()) ?? [])
      streamed += chunk;
  })().catch(() => undefined);
  for (const uri of ["thrown", "returned", "verified", "refused", "parse"]) {
    const sent = await idIn(await app.send(uri, { body: PARSED, headers: HEADERS }));
    const full = () => seenBy(TOKEN, `/messages/${sent}`);
    const shown = uri === "returned" ? `a text of ${PARSED.length} characters` : "hunter2";
    await expect.poll(async () => (await full()).text).toContain(shown);
    expect((await seenBy(reader, `/messages/${sent}`)).text).not.toContain("hunter2");
    expect((await seenBy(reader, "/messages")).text).not.toContain("hunter2");
    await expect.poll(() => streamed).toContain(sent);
  }
  expect(streamed).not.toContain("hunter2");
  done.abort();
  await reading;
});

test("a reason that the server wrote is shown to each token that may read the message", async () => {
  await using strict = await startTestApp({
    providers: {
      acme: {
        json: { priority: 1, properties: [{ name: "secret", secret: true }] },
        script: "export default () => true;\nexport const verify = () => true;",
      },
    },
    environment: { HOOKYARD_UNVERIFIED: "refuse" },
  });
  const sent = await strict.send("x", { body: PARSED });
  expect(sent.status).toBe(401);
  const body = JSON.stringify({ name: "reader", permissions: ["messages:read"] });
  const made = await (await strict.api("/tokens", { method: "POST", body })).json();
  const headers = { authorization: `Bearer ${Object(made).token}` };
  const view = await (await strict.api(`/messages/${await idIn(sent)}`, { headers })).json();
  const reason = expect.stringMatching(/^no secret is set, .* set property secret$/);
  const message = expect.stringMatching(/^verification failed, as no secret .* property secret$/);
  expect(view).toMatchObject({ message, verification: { result: "failed", reason } });
});
