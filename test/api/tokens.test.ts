/** Tokens of the API are created, used, expired and deleted. Addresses that guess tokens are slowed down. */

import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { WrongTokens } from "../../src/admin/wrong-tokens.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations.ts";
import { Store } from "../../src/store/store.ts";
import type { Json } from "../support/json.ts";
import { SharedApp } from "../support/shared-app.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

const shared = new SharedApp();

const get = (app: TestApp, path: string, token: string, headers: object = {}) =>
  fetch(`${app.url}/api/v1${path}`, {
    headers: { ...headers, authorization: `Bearer ${token}` },
  });

async function make(app: TestApp, body: object) {
  const response = await app.api("/tokens", { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, json: (await response.json()) as Json };
}

const listed = async (app: TestApp) => {
  const { items } = (await (await app.api("/tokens")).json()) as {
    items: { name: string; lastUsedAt: string | null }[];
  };
  return items;
};

test("a token allows its permissions, is listed without its secret, and is refused once deleted", async () => {
  const app = await shared.with({});
  const { status, json } = await make(app, { name: "ci", permissions: ["messages:read"] });
  expect(status).toBe(201);
  expect(json).toMatchObject({
    name: "ci",
    permissions: ["messages:read"],
    createdBy: "admin",
    expiresAt: null,
  });
  expect((await get(app, "/messages", json.token)).status).toBe(200);
  const refused = await get(app, "/tokens", json.token);
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('"ci"') });
  const list = await app.api("/tokens");
  const text = await list.text();
  expect(text).not.toContain(json.token);
  expect(JSON.parse(text).items).toMatchObject([{ name: "admin" }, { name: "ci" }]);
  await expect.poll(async () => (await listed(app))[1]?.lastUsedAt).toMatch(/Z$/);
  expect((await make(app, { name: "ci", permissions: ["admin"] })).status).toBe(409);
  expect((await app.api("/tokens/ci", { method: "DELETE" })).status).toBe(204);
  expect((await get(app, "/messages", json.token)).status).toBe(401);
  expect((await app.api("/tokens/ci", { method: "DELETE" })).status).toBe(404);
});

test("a client that follows messages gets no more events once its token is deleted", async () => {
  const app = await shared.with({});
  const { json } = await make(app, { name: "viewer", permissions: ["messages:read"] });
  const following = await get(app, "/messages/events", json.token);
  expect(following.status).toBe(200);
  let events = "";
  const ended = (async () => {
    for await (const chunk of following.body ?? []) events += Buffer.from(chunk).toString();
  })();
  await app.send("first");
  await expect.poll(() => events).toContain("first");
  await app.api("/tokens/viewer", { method: "DELETE" });
  await app.send("second");
  await ended;
  expect(events).toContain('"refused"');
  expect(events).not.toContain("second");
});

test("an invalid token definition is refused with the reason", async () => {
  const app = await shared.with({});
  const refused = [
    [{ name: "x", permissions: [] }, /at least one permission/],
    [{ name: "x", permissions: ["everything"] }, /permissions/],
    [{ name: "a b", permissions: ["admin"] }, /expected up to 63/],
    [
      { name: "x", permissions: ["admin"], expiresAt: "2020-01-01T00:00:00Z" },
      /which is in the past/,
    ],
    [{ name: "x", permissions: ["admin"], expiresAt: "soon" }, /ISO 8601/],
  ] as const;
  for (const [body, detail] of refused) {
    const { status, json } = await make(app, body);
    expect(status).toBe(String(detail).includes("past") ? 422 : 400);
    expect(json.detail).toMatch(detail);
  }
});

test("the answer to an expired token says that it has expired", async () => {
  const app = await shared.with({});
  const expiresAt = new Date(Date.now() + 1500).toISOString();
  const { json } = await make(app, { name: "brief", permissions: ["messages:read"], expiresAt });
  expect((await get(app, "/messages", json.token)).status).toBe(200);
  await expect.poll(async () => (await get(app, "/messages", json.token)).status).toBe(401);
  const response = await get(app, "/messages", json.token);
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining(expiresAt) });
});

test("the last administrator token without an expiry cannot be deleted until another replaces it", async () => {
  const app = await shared.with({});
  const expiresAt = new Date(Date.now() + 60_000).toISOString();
  await make(app, { name: "guest-admin", permissions: ["admin"], expiresAt });
  expect((await app.api("/tokens/admin", { method: "DELETE" })).status).toBe(409);
  const { json } = await make(app, { name: "other", permissions: ["admin"] });
  expect((await app.api("/tokens/admin", { method: "DELETE" })).status).toBe(204);
  expect((await get(app, "/tokens", TOKEN)).status).toBe(401);
  expect((await get(app, "/tokens", json.token)).status).toBe(200);
});

test("the first start shows a token once, and a start with ADMIN_TOKEN sets it", async () => {
  const folder = tempFolder().path;
  const path = join(folder, "hookyard.db");
  try {
    {
      using store = new Store(path);
      const made = await store.tokens.ensureAdmin(undefined, 1);
      expect(made).toMatch(/^hky_/);
      expect(store.tokens.find(String(made))).toMatchObject({ name: "admin", createdBy: null });
      expect(await store.tokens.ensureAdmin(undefined, 2)).toBeUndefined();
      expect(await store.tokens.ensureAdmin("another token of mine", 3)).toBeUndefined();
      expect(store.tokens.find(String(made))).toBeUndefined();
    }
    using store = new Store(path);
    expect(store.tokens.find("another token of mine")).toMatchObject({ permissions: ["admin"] });
    expect(store.audit.list({ target: "admin", limit: 10 }).items).toHaveLength(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a token from a database without permissions keeps all permissions", () => {
  const folder = tempFolder().path;
  try {
    const path = join(folder, "hookyard.db");
    const sqlite = new Database(path);
    const before = MIGRATIONS.findIndex((sql) => sql.includes("ALTER TABLE token"));
    for (const sql of MIGRATIONS.slice(0, before)) sqlite.exec(sql);
    sqlite.pragma(`user_version = ${before}`);
    const hash = createHash("sha256").update("a token of long ago").digest();
    sqlite
      .prepare("INSERT INTO token (name, hash, created_at) VALUES (?, ?, ?)")
      .run("admin", hash, 1);
    sqlite.close();
    using store = new Store(path);
    const found = store.tokens.find("a token of long ago");
    expect(found).toMatchObject({ name: "admin", permissions: ["admin"], expiresAt: null });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the last use is written at most once a minute", async () => {
  const folder = tempFolder().path;
  try {
    let commits = 0;
    using store = new Store(join(folder, "hookyard.db"), () => {
      commits++;
    });
    await store.tokens.ensureAdmin("a token of the tests", 1);
    const before = commits;
    const use = async (at: number) => {
      const token = store.tokens.find("a token of the tests");
      if (token !== undefined) await store.tokens.noteUse(token, at);
    };
    for (let second = 0; second < 59; second++) await use(1e12 + second * 1000);
    expect(commits - before).toBe(1);
    expect(store.tokens.list()).toMatchObject([{ lastUsedAt: 1e12 }]);
    await use(1e12 + 60_000);
    expect(store.tokens.list()).toMatchObject([{ lastUsedAt: 1e12 + 60_000 }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("finding a token does not get slower as their number grows", async () => {
  const folder = tempFolder().path;
  try {
    using store = new Store(join(folder, "hookyard.db"));
    await store.tokens.ensureAdmin("a token of the tests", 1);
    const timeOf = () => {
      const startedAt = performance.now();
      for (let n = 0; n < 500; n++) store.tokens.find("a token of the tests");
      return performance.now() - startedAt;
    };
    const best = () => Math.min(timeOf(), timeOf(), timeOf(), timeOf(), timeOf());
    const few = best();
    const permissions = ["messages:read"] as const;
    const others = Array.from({ length: 5000 }, (_, n) =>
      store.tokens.create({ name: `t${n}`, permissions, expiresAt: null }, "admin", 1),
    );
    await Promise.all(others);
    // Reading each token would take a thousand times as long.
    expect(best()).toBeLessThan(few * 20);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an address that guesses is slowed down, and the right token is still accepted from it", async () => {
  await using app = await startTestApp({
    environment: { HOOKYARD_TRUST_PROXY: "true", HOOKYARD_METRICS_TOKEN: "m".repeat(20) },
  });
  const from = (address: string) => ({ "x-forwarded-for": address });
  const statuses: number[] = [];
  for (let n = 0; n < 12; n++)
    statuses.push((await get(app, "/messages", `wrong-${n}`, from("192.0.2.1"))).status);
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  const braked = await get(app, "/messages", `${TOKEN}x`, from("192.0.2.1"));
  expect(braked.status).toBe(429);
  expect(Number(braked.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await braked.json()).toMatchObject({ code: "rate_limited" });
  for (const address of ["192.0.2.1", "192.0.2.2"])
    expect((await get(app, "/messages", TOKEN, from(address))).status).toBe(200);
  // Calls with the right token are not counted and allow no further guesses.
  expect((await get(app, "/messages", "wrong", from("192.0.2.1"))).status).toBe(429);
  const none = await fetch(`${app.url}/api/v1/messages`, { headers: from("192.0.2.1") });
  expect(none.status).toBe(401);
});

test("guesses at the metrics token are slowed down in the same way", async () => {
  const metricsToken = "a-token-for-metrics";
  await using app = await startTestApp({ environment: { HOOKYARD_METRICS_TOKEN: metricsToken } });
  const ask = async (authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization };
    return (await fetch(`${app.url}/metrics`, { headers })).status;
  };
  for (let n = 0; n < 20; n++) expect(await ask()).toBe(401);
  for (let n = 0; n < 10; n++) expect(await ask(`Bearer ${n}`)).toBe(401);
  for (const wrong of ["Bearer 1", `Bearer ${metricsToken}x`, `bearer ${metricsToken}`, ""])
    expect(await ask(wrong), wrong).toBe(429);
  expect(await ask(`Bearer ${metricsToken}`)).toBe(200);
  expect(await ask()).toBe(401);
});

test("an address gets another guess as time passes, and IPv6 addresses count by their /64", () => {
  let now = 0;
  const wrongTokens = new WrongTokens(() => now);
  const isLate = (address: string) => wrongTokens.add(address) !== undefined;
  const guess = (address: string, times: number) =>
    Array.from({ length: times }, () => isLate(address));
  expect(guess("2001:db8::1", 5)).toEqual(Array(5).fill(false));
  expect(guess("2001:db8::2", 5)).toEqual(Array(5).fill(false));
  expect(wrongTokens.add("2001:db8::3")?.retryAfterSeconds).toBe(6);
  expect(isLate("2001:db8:0:1::1")).toBe(false);
  now += 6000;
  expect(guess("2001:db8::3", 2)).toEqual([false, true]);
  now += 3_600_000;
  expect(guess("2001:db8::3", 11)).toEqual([...Array(10).fill(false), true]);
});
