/** Properties set over the API take effect at once, are encrypted on disk, and appear in clear text nowhere else. */
import { createHmac, randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tempFolder } from "../support/temp-folder.ts";
import { startTestApp, type TestApp, type TestAppOptions } from "../support/test-app.ts";

let folder: string;
beforeEach(() => {
  folder = tempFolder().path;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const VERIFY = `export default (event) => event.headers["x-acme"] !== undefined;
export const verify = (event, ctx) => ctx.verify.hmac({ secret: ctx.properties.secret, header: "x-acme" });`;
const properties = [
  { name: "secret", secret: true, env: "ACME_SECRET" },
  { name: "region", env: "ACME_REGION" },
];

const start = (more: TestAppOptions = {}) =>
  startTestApp({
    folder,
    providers: { acme: { json: { priority: 1, properties }, script: VERIFY } },
    functions: {
      show: {
        json: { provider: "acme", uri: "x" },
        script: "export default (event, ctx) => ctx.properties;",
      },
    },
    ...more,
  });

const set = (app: TestApp, property: string, body: object, provider = "acme") =>
  app.api(`/providers/${provider}/properties/${property}`, {
    method: "PUT",
    body: JSON.stringify(body),
  });

async function statusOf(app: TestApp, secret: string): Promise<number> {
  const body = '{"a":1}';
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  const headers = { "x-acme": signature, "flex-sync-webhook": "true" };
  return (await app.send("x", { body, headers })).status;
}

test("a value applies from the next message on, takes precedence over the environment, and can be rotated", {
  timeout: 60_000,
}, async () => {
  await using app = await start({ environment: { ACME_SECRET: "of the environment" } });
  expect(await statusOf(app, "of the environment")).toBe(200);
  const answer = await set(app, "secret", { value: "set over the API" });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    provider: "acme",
    name: "secret",
    secret: true,
    set: true,
    values: 1,
  });
  expect(await statusOf(app, "set over the API")).toBe(200);
  expect(await statusOf(app, "of the environment")).toBe(401);
  await set(app, "secret", { values: ["the new one", "set over the API"] });
  expect(await statusOf(app, "the new one")).toBe(200);
  expect(await statusOf(app, "set over the API")).toBe(200);
  await set(app, "secret", { value: "the new one" });
  expect(await statusOf(app, "set over the API")).toBe(401);
  const remove = () => app.api("/providers/acme/properties/secret", { method: "DELETE" });
  expect((await remove()).status).toBe(204);
  expect(await statusOf(app, "of the environment")).toBe(200);
  expect((await remove()).status).toBe(404);
});

test("values are there after a restart; only values that are not secret are shown", async () => {
  {
    await using app = await start();
    await set(app, "secret", { value: "kept over restarts" });
    await set(app, "region", { value: "north" });
  }
  await using app = await start();
  expect(await statusOf(app, "kept over restarts")).toBe(200);
  const shown = await (await app.api("/providers/acme")).text();
  expect(JSON.parse(shown).properties).toMatchObject([
    { name: "secret", set: true },
    { name: "region", set: true, value: "north" },
  ]);
  expect(shown).not.toContain("kept over restarts");
  expect(statSync(join(folder, "data", "secret.key")).mode & 0o777).toBe(0o600);
});

test("an invalid value is refused, and the answer does not quote it", {
  timeout: 60_000,
}, async () => {
  await using app = await start();
  const refused = [
    ["acme/secret", {}, 400, /either value or values/],
    ["acme/secret", { value: "" }, 400, /non-empty/],
    ["acme/secret", { value: "hidden-value-1", values: ["hidden-value-1"] }, 400, /either value/],
    ["acme/secret", { value: "hidden-value-1", other: 1 }, 400, /other/],
    ["acme/none", { value: "hidden-value-1" }, 404, /it has secret, region/],
    ["none/secret", { value: "hidden-value-1" }, 404, /there is no provider/],
  ] as const;
  for (const [place, body, status, detail] of refused) {
    const [provider, property = ""] = place.split("/");
    const answer = await set(app, property, body, provider);
    const text = await answer.text();
    expect([place, answer.status]).toEqual([place, status]);
    expect(JSON.parse(text).detail).toMatch(detail);
    expect(text).not.toContain("hidden-value");
  }
  const body = '{"value": hidden-value}';
  const answer = await app.api("/providers/acme/properties/secret", { method: "PUT", body });
  expect(answer.status).toBe(400);
  expect(await answer.text()).not.toContain("hidden");
});

test("a token with scripts:write sets values that are not secret, and cannot read a secret by changing definitions", {
  timeout: 60_000,
}, async () => {
  await using app = await start({ environment: { PRIVATE: "of-the-operator" } });
  const made = await app.api("/tokens", {
    method: "POST",
    body: JSON.stringify({ name: "dev", permissions: ["scripts:read", "scripts:write"] }),
  });
  const { token } = (await made.json()) as { token: string };
  const as = (method: string, path: string, body?: object) =>
    fetch(`${app.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  expect((await as("PUT", "/providers/acme/properties/region", { value: "n" })).status).toBe(200);
  const refused = await as("PUT", "/providers/acme/properties/secret", { value: "x" });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("admin") });
  expect((await as("DELETE", "/providers/acme/properties/secret")).status).toBe(403);

  const own = {
    name: "own",
    priority: 5,
    properties: [{ name: "p", secret: true }],
    script: "export default () => false;",
  };
  const withVariable = { properties: [{ name: "p", env: "PRIVATE" }] };
  expect((await as("POST", "/providers", { ...own, ...withVariable })).status).toBe(400);
  expect((await as("POST", "/providers", own)).status).toBe(201);
  expect((await as("PATCH", "/providers/own", withVariable)).status).toBe(400);
  const open = { properties: [{ name: "p" }] };
  await as("PATCH", "/providers/own", open);
  expect(await (await as("GET", "/providers/own")).text()).not.toContain("of-the-operator");
  const script =
    "export default (event, ctx) => { ctx.log.info(JSON.stringify(ctx.properties)); };";
  const draft = { ...own, ...withVariable, script: undefined };
  for (const provider of [draft, { ...draft, name: "acme" }]) {
    const tried = await as("POST", "/test-runs", { provider, script, request: {} });
    expect(tried.status).toBe(200);
    expect(await tried.text()).not.toContain("of-the-operator");
  }
  await as("PATCH", "/providers/own", { properties: own.properties });
  await set(app, "p", { value: "set-by-an-admin" }, "own");
  await as("PATCH", "/providers/own", open);
  const shown = await (await as("GET", "/providers/own")).text();
  expect(JSON.parse(shown).properties).toMatchObject([{ name: "p", set: true }]);
  expect(shown).not.toContain("set-by-an-admin");
});

test("a key that is missing, wrong, damaged or readable by other users stops the start, and the error says what to do", {
  timeout: 60_000,
}, async () => {
  await using first = await start();
  await set(first, "secret", { value: "behind the key" });
  await first[Symbol.asyncDispose]();
  const path = join(folder, "data", "secret.key");
  const key = readFileSync(path);
  const other = randomBytes(32).toString("base64");
  const failsWith = (problem: RegExp, environment: Record<string, string> = {}) =>
    expect(start({ environment })).rejects.toThrow(problem);

  rmSync(path);
  await failsWith(/encrypted with key [0-9a-f]{16}; HOOKYARD_SECRET_KEY is not set.*--discard/);
  await failsWith(/HOOKYARD_SECRET_KEY is [0-9a-f]{16}/, { HOOKYARD_SECRET_KEY: other });
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, `${other}\n`, { mode: 0o600 });
  await failsWith(/secret\.key holds [0-9a-f]{16}/);
  writeFileSync(path, "short\n");
  await failsWith(/32 in base64 were expected/);
  writeFileSync(path, key);
  chmodSync(path, 0o644);
  await failsWith(/mode 0644, 0600 was expected/);
  chmodSync(path, 0o600);
  await using app = await start();
  expect(await statusOf(app, "behind the key")).toBe(200);
});

test("an encrypted value that was changed or moved to another property stops the start", {
  timeout: 60_000,
}, async () => {
  await using first = await start();
  await set(first, "secret", { value: "behind the key" });
  await set(first, "region", { value: "north" });
  await first[Symbol.asyncDispose]();
  const execute = (sql: string) => {
    const sqlite = new Database(join(folder, "data", "hookyard.db"));
    sqlite.exec(sql);
    sqlite.close();
  };
  execute("UPDATE property SET name = 'x' WHERE name = 'secret'");
  execute("UPDATE property SET name = 'secret' WHERE name = 'region'");
  await expect(start()).rejects.toThrow(/a value of property secret of provider acme is damaged/);
  execute("UPDATE property SET sealed = zeroblob(40)");
  await expect(start()).rejects.toThrow(/damaged/);
});

test("a key in the settings needs no file, in each encoding, and is never quoted", async () => {
  const bytes = randomBytes(32);
  {
    await using app = await start({ environment: { HOOKYARD_SECRET_KEY: bytes.toString("hex") } });
    await set(app, "secret", { value: "behind a given key" });
    expect(existsSync(join(folder, "data", "secret.key"))).toBe(false);
  }
  const environment = { HOOKYARD_SECRET_KEY: bytes.toString("base64") };
  await using app = await start({ environment });
  expect(await statusOf(app, "behind a given key")).toBe(200);
  const wrong = start({ environment: { HOOKYARD_SECRET_KEY: "a-key-of-wrong-length" } });
  const refusal = await wrong.catch(String);
  expect(refusal).toMatch(/HOOKYARD_SECRET_KEY: expected 32 bytes/);
  expect(refusal).not.toContain("a-key-of");
});
