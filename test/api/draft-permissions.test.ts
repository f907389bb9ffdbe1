/** Which tokens may run drafts with real effects and grant them access, and what the audit log keeps of it. */

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../support/json.ts";
import { idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const SECRET = "s3cret-of-acme";

let app: TestApp;
let stored: string;
let hits = 0;
const other = createServer((_request, response) => {
  hits++;
  response.end("real");
});
const url = () => `http://127.0.0.1:${(other.address() as AddressInfo).port}/x`;

beforeAll(async () => {
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const http = { allow: [new URL(url()).origin], privateNetworks: ["127.0.0.0/8"] };
  app = await startTestApp({
    environment: { ACME_SECRET: SECRET },
    providers: {
      acme: {
        json: { priority: 1, properties: [{ name: "secret", secret: true, env: "ACME_SECRET" }] },
        script: "export default () => true;",
      },
    },
    functions: {
      greet: {
        json: { provider: "acme", uri: "in/:who", http },
        script: "export default () => 'installed';",
      },
    },
  });
  stored = await idIn(await app.send("in/ann", { body: "{}" }));
  await app.ended(stored);
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  other.close();
});

const tryOut = (body: object) => tryAs(undefined, body);

interface Noted {
  readonly caller: string;
  readonly target: string;
  readonly after: Json;
}

async function noted(query: string): Promise<readonly Noted[]> {
  return ((await (await app.api(`/audit?${query}`)).json()) as { items: Noted[] }).items;
}

async function tokenOf(name: string, permissions: readonly string[]): Promise<string> {
  const body = JSON.stringify({ name, permissions });
  const response = await app.api("/tokens", { method: "POST", body });
  return ((await response.json()) as { token: string }).token;
}

async function tryAs(
  token: string | undefined,
  body: object,
): Promise<{ status: number; json: Json }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await app.api("/test-runs", {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

test("each test run is in the audit log with its script, its request, its effects and its grants", async () => {
  const writer = await tokenOf("noted-writer", ["scripts:write"]);
  const script = "export default (event, ctx) => { ctx.log.info(ctx.properties.secret); };";
  const fn = { name: "greet", http: { allow: ["https://attacker.example"] } };
  for (let n = 0; n < 2; n++) {
    const { status, json } = await tryAs(writer, {
      function: fn,
      script,
      request: { uri: "in/x" },
    });
    expect(status).toBe(200);
    expect(JSON.stringify(json.logs)).not.toContain(SECRET);
  }
  await tryAs(writer, { provider: "acme", request: {} });
  const entries = await noted("action=test-run.start&caller=noted-writer");
  expect(entries).toMatchObject([
    { target: "acme", after: { kind: "provider", effects: "record" } },
    {
      target: "greet",
      after: {
        kind: "function",
        digest: createHash("sha256").update(script).digest("hex"),
        effects: "record",
        message: "given in the request",
        http: { allow: ["https://attacker.example:443"] },
      },
    },
    { target: "greet" },
  ]);
  const onMessage = await tryOut({ function: "greet", messageId: stored });
  expect(onMessage.status).toBe(200);
  const [last] = await noted("action=test-run.start&target=greet&limit=1");
  expect(last?.after).toMatchObject({ message: stored });
});

test("only administrators run scripts from files with real effects or allow private networks", async () => {
  const writer = await tokenOf("performing-writer", ["scripts:write"]);
  const script = `export default async (event, ctx) => {
    await ctx.kv.set("owned", "by a draft");
    return await (await ctx.http.fetch(${JSON.stringify(url())})).text();
  };`;
  const loopback = { allow: [new URL(url()).origin], privateNetworks: ["127.0.0.0/8"] };
  const fresh = { name: "fresh", provider: "acme", http: loopback };
  const request = { uri: "in/x" };
  const perform = { effects: "perform", request };
  const refused = [
    { function: "greet", ...perform },
    { function: { name: "greet" }, script, ...perform },
    { function: { name: "greet", http: { allow: [], privateNetworks: [] } }, script, ...perform },
    { function: fresh, script, ...perform },
    { function: fresh, script, request },
    { function: { name: "greet", http: { privateNetworks: ["10.0.0.0/8"] } }, script, request },
  ];
  const before = hits;
  for (const body of refused) {
    const { status, json } = await tryAs(writer, body);
    expect([status, json.code]).toEqual([403, "forbidden"]);
    expect(json.detail).toMatch(/no permission admin/);
  }
  expect(hits).toBe(before);
  const read = "export default (event, ctx) => ctx.kv.get('owned');";
  expect((await tryOut({ function: "greet", script: read, request })).json.result).toBeNull();
  // A dry run may use hosts that the installed function is already granted.
  expect((await tryAs(writer, { function: "greet", script, request })).status).toBe(200);
  const harmless = { name: "fresh", provider: "acme" };
  const kv = "export default (event, ctx) => ctx.kv.increment('runs');";
  expect(await tryAs(writer, { function: harmless, script: kv, ...perform })).toMatchObject({
    status: 200,
    json: { result: 1 },
  });
  expect((await tryOut({ function: fresh, script, ...perform })).json.result).toBe("real");
  expect(await noted("caller=performing-writer&action=test-run.start")).toHaveLength(2);
});

test("only administrators grant private networks, in each call that writes a function", async () => {
  const writer = await tokenOf("granting-writer", ["scripts:read", "scripts:write"]);
  const script = "export default () => 1;";
  const granting = { http: { privateNetworks: ["127.0.0.0/8"] } };
  const made = { name: "kept", provider: "acme", uri: "kept", script };
  const call = async (token: string | undefined, method: string, path: string, body: object) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await app.api(path, { method, headers, body: JSON.stringify(body) })).status;
  };
  expect(await call(writer, "POST", "/functions", { ...made, ...granting })).toBe(403);
  expect(await call(writer, "POST", "/functions", made)).toBe(201);
  expect(await call(writer, "PATCH", "/functions/kept", granting)).toBe(403);
  expect(
    await call(writer, "POST", "/backtests", { functions: [{ ...made, ...granting }], last: 0 }),
  ).toBe(403);
  expect(await call(undefined, "PATCH", "/functions/kept", granting)).toBe(200);
  expect(await call(writer, "PATCH", "/functions/kept", { description: "granted before" })).toBe(
    200,
  );
  expect(await call(undefined, "PATCH", "/functions/kept", { http: {} })).toBe(200);
  expect(await call(writer, "POST", "/functions/kept/versions/2/activate", {})).toBe(403);
});

test("lines of installed scripts are shown only to tokens that may read scripts", async () => {
  const writer = await tokenOf("blind-writer", ["scripts:write"]);
  const reader = await tokenOf("seeing-writer", ["scripts:write", "scripts:read"]);
  const bodies = [
    {
      function: { name: "greet" },
      script: "export default () => { throw new Error('x'); };",
      request: {},
    },
    { function: { name: "greet" }, script: "export default (", request: {} },
  ];
  for (const body of bodies) {
    const [hidden, shown] = [await tryAs(writer, body), await tryAs(reader, body)];
    expect(hidden.json.error).toMatchObject({ line: 1 });
    expect(hidden.json.error).not.toHaveProperty("frame");
    expect(shown.json.error).toHaveProperty("frame");
  }
});

test("a token that may write scripts but not read them gets the result of a change without its content", async () => {
  const writer = await tokenOf("unseeing-writer", ["scripts:write"]);
  const reader = await tokenOf("reading-writer", ["scripts:write", "scripts:read"]);
  const made = { name: "unseen", provider: "acme", uri: "unseen", description: "hidden words" };
  const change = async (token: string, method: string, path: string, body: object) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await app.api(path, { method, headers, body: JSON.stringify(body) });
    const json: Json = await response.json();
    return { status: response.status, etag: response.headers.get("etag"), json };
  };
  const script = "export default () => 'of another author';";
  expect(await change(reader, "POST", "/functions", { ...made, script })).toMatchObject({
    status: 201,
    json: { ...made, script },
  });
  const answered = await change(writer, "PATCH", "/functions/unseen", {});
  expect(answered).toMatchObject({ status: 200, etag: `"${answered.json.version}"` });
  const shown = ["name", "number", "problem", "shadows", "source", "version"];
  expect(Object.keys(answered.json).sort()).toEqual(shown);
  const created = { ...made, name: "unseen-too", script };
  const { status, json } = await change(writer, "POST", "/functions", created);
  expect([status, Object.keys(json).sort()]).toEqual([201, shown]);
  const patched = await change(reader, "PATCH", "/functions/unseen", {
    description: "other words",
  });
  expect(patched.json).toMatchObject({ description: "other words", script });
});

test("a token may have eight test runs at once, also when its clients disconnect, and other tokens are not affected", async () => {
  const [greedy, modest] = [
    await tokenOf("greedy-writer", ["scripts:write"]),
    await tokenOf("modest-writer", ["scripts:write"]),
  ];
  const sleeper = (ms: number) => ({
    function: { name: "draft", provider: "acme" },
    script: `export default (event, ctx) => ctx.sleep(${ms});`,
    request: {},
  });
  const gone = new AbortController();
  for (let n = 0; n < 8; n++) {
    const headers = { authorization: `Bearer ${greedy}` };
    const init = { method: "POST", headers, body: JSON.stringify(sleeper(4000)) };
    fetch(`${app.url}/api/v1/test-runs`, { ...init, signal: gone.signal }).catch(() => undefined);
  }
  const noted8 = async () => (await noted("caller=greedy-writer&action=test-run.start")).length;
  const within = { timeout: 15_000 };
  await expect.poll(noted8, within).toBe(8);
  gone.abort();
  const { status, json } = await tryAs(greedy, sleeper(1));
  expect([status, json.code]).toEqual([429, "rate_limited"]);
  expect((await tryAs(modest, sleeper(1))).status).toBe(200);
  const again = async () => (await tryAs(greedy, sleeper(1))).status;
  await expect.poll(again, within).toBe(200);
}, 30_000);
