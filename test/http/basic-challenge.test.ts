/** Some senders send a password only after a challenge (401 with WWW-Authenticate). */
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { fn, idIn, type ScriptFolder, startParallelApp } from "../support/test-app.ts";

const shared = new SharedApp({ ACME_PASSWORD: "the-right-password" });

const BASIC = 'ctx.verify.basic({ username: "acme", password: ctx.properties.password })';
const provider = (verify: string, json: object = {}): ScriptFolder => ({
  json: {
    priority: 1,
    properties: [{ name: "password", secret: true, env: "ACME_PASSWORD" }],
    ...json,
  },
  script: `export default () => true;\nexport const verify = (event, ctx) => { ${verify} };`,
});
const functions = { fine: fn("x", "export default () => 1;", { provider: "acme" }) };
const authorization = `Basic ${Buffer.from("acme:the-right-password").toString("base64")}`;

test.each([
  ["as it is", `return ${BASIC};`],
  ["by its ok alone", `return ${BASIC}.ok;`],
  ["in words of its own", `return ${BASIC}.ok || { ok: false, reason: "no" };`],
  [
    "taken apart",
    `const { basic } = ctx.verify; return basic({ username: "acme", password: ctx.properties.password });`,
  ],
  ["beside a token", `return ${BASIC}.ok || ctx.verify.token({ secret: "x", header: "x-token" });`],
])("a refused sender gets a challenge if the provider verifies basic, %s", async (_, verify) => {
  const app = await shared.with({ providers: { acme: provider(verify) }, functions });
  for (const headers of [{}, { "flex-sync-webhook": "true" }, { authorization: "Basic x" }]) {
    const refused = await app.send("x", { headers });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe('Basic realm="webhooks", charset="UTF-8"');
  }
  const accepted = await app.send("x", { headers: { authorization } });
  expect([accepted.status, accepted.headers.get("www-authenticate")]).toEqual([202, null]);
});

test.each([
  ["another check is made", 'return ctx.verify.token({ secret: "x", header: "x-token" });'],
  ["basic stands in what is not run", `if (event.uri === "y") return ${BASIC}; return false;`],
])("a refused sender gets no challenge if %s", async (_, verify) => {
  const app = await shared.with({ providers: { acme: provider(verify) }, functions });
  const refused = await app.send("x");
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, null]);
});

test("a challenge to one sender does not carry over to another", async () => {
  const acme = provider('return ctx.verify.token({ secret: "x", header: "x-token" });');
  const script = `export default (event, ctx) => !event.headers["x-basic"] || ${BASIC}.ok;${acme.script.slice(acme.script.indexOf("\n"))}`;
  const app = await shared.with({ providers: { acme: { ...acme, script } }, functions });
  const unmatched = await app.send("x", { headers: { "x-basic": "1" } });
  expect(unmatched.status).toBe(202);
  const refused = await app.send("x");
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, null]);
});

test("a provider in report mode sends no challenge", async () => {
  const reporting = provider(`return ${BASIC};`, { verification: "report" });
  const app = await shared.with({ providers: { acme: reporting }, functions });
  const accepted = await app.send("x");
  expect([accepted.status, accepted.headers.get("www-authenticate")]).toEqual([202, null]);
});

test("a late decision still sends the challenge", async () => {
  const slow = `const end = Date.now() + 60; while (Date.now() < end); return ${BASIC};`;
  await using app = await startParallelApp({
    providers: { acme: provider(slow) },
    functions,
    environment: { HOOKYARD_MATCH_TIMEOUT_MS: "20", ACME_PASSWORD: "the-right-password" },
  });
  const refused = await app.send("x", { headers: { "flex-sync-webhook": "true" } });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toMatch(/^Basic /);
  const { verification } = await app.ended(await idIn(refused));
  expect(verification).toMatchObject({ result: "failed", challenge: "basic" });
});
