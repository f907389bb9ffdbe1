/** What a token sees of a message: what became of it, what is in it, what scripts logged; and headers that are secret. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Permission } from "../src/model/permission.ts";
import { headerMask } from "../src/model/sensitive-headers.ts";
import { idIn, type MessageView, startTestApp, type TestApp } from "./test-app.ts";

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

async function tokenWith(...permissions: readonly Permission[]): Promise<string> {
  const name = permissions.join(".").replaceAll(":", "-");
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
    },
  });
  id = await idIn(await app.send("x?key=1", { body: "in the body", headers: HEADERS }));
  await app.ended(id);
});
afterAll(async () => app[Symbol.asyncDispose]());

test("without messages:details there are names of headers, and no values, query or results", async () => {
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

test("with messages:details there is all of that, and no logs", async () => {
  const { json } = await seenBy(await tokenWith("messages:read", "messages:details"));
  expect(json).toMatchObject({ hidden: ["logs"], query: "key=1" });
  expect(json.headers).toContainEqual(["x-acme-signature", SIGNATURE]);
  expect(json.executions[0]).toMatchObject({
    result: { proof: OWN, body: "in the body" },
    logs: [],
  });
});

test("logs and texts of scripts show headers, but none that is secret", async () => {
  const { json, text } = await seenBy(await tokenWith("messages:read", "messages:logs"));
  expect(json).toMatchObject({ hidden: ["details"], message: "Error" });
  expect(json.verification).toMatchObject({ reason: "not like [x-acme-signature]" });
  expect(json.trace[0]?.logs).toMatchObject([{ text: "match saw [acme-proof]" }]);
  const [loud, throws] = json.executions;
  expect(throws?.error).toMatchObject({ kind: "SCRIPT_ERROR", name: "Error", message: null });
  expect(loud?.message).toBe("got [acme-proof]");
  expect(loud?.logs[0]?.text).toContain('"x-plain":"a plain value"');
  for (const hidden of [SIGNATURE.slice(7), OWN]) expect(text).not.toContain(hidden);
});

test("lists hold no secret header either", async () => {
  const { status, text } = await seenBy(
    await tokenWith("messages:read", "scripts:read"),
    "/messages",
  );
  expect(status).toBe(200);
  expect(text).toContain(id);
  for (const hidden of [SIGNATURE.slice(7), OWN]) expect(text).not.toContain(hidden);
});

test("searching in what is in messages asks for messages:details, also where it only counts", async () => {
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
  expect(headerMask([header], new Set(["x-own"]))(text)).toBe(masked);
});
