/** A function must not reach this server, even with a grant for loopback: it would get the rights of a proxy. */
import { createServer } from "node:http";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { OwnAddress } from "../../src/egress/own-address.ts";
import { startServer } from "../support/egress-server.ts";
import { metricValue } from "../support/metric-values.ts";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

const shared = new SharedApp();

/** Calls the URL in the body with the headers of a proxy, and returns the outcome. */
const CALLING = `export default async (event, ctx) => {
  const headers = { "x-forwarded-for": "203.0.113.66", authorization: "Bearer ${TOKEN}" };
  const answer = await ctx.http.fetch(event.rawBody, { headers }).catch((error) => error);
  ctx.respond({ body: answer.status ? "status " + answer.status : answer.name + ": " + answer.message });
};`;

const PRIVATE = ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

async function call(app: TestApp, allow: readonly string[], url: string): Promise<string> {
  app.writeFunction("caller", fn("call", CALLING, { http: { allow, privateNetworks: PRIVATE } }));
  const granted = () => app.app.registry().functions.get("caller")?.http.allow.length;
  await expect.poll(granted).toBe(allow.length);
  const headers = { "flex-sync-webhook": "true" };
  return await (await app.send("call", { headers, body: url })).text();
}

const ownIPv4 = Object.values(networkInterfaces())
  .flatMap((some) => some ?? [])
  .find(
    ({ family, internal, address }) =>
      family === "IPv4" && !internal && /^(10|172|192)\./.test(address),
  )?.address;

test("a function that is granted loopback cannot reach this server by any name or redirect", async () => {
  await using app = await startTestApp({
    providers: { anything: ANYTHING },
    environment: {
      HOOKYARD_HOST: "0.0.0.0",
      HOOKYARD_TRUST_PROXY: "true",
      HOOKYARD_UNVERIFIED: "accept",
    },
  });
  const { port } = app.app;
  const own = ["127.0.0.1", "127.0.0.2", "localhost", "127.1.2.3", ...(ownIPv4 ? [ownIPv4] : [])];
  await using redirecting = await startServer((_, response) =>
    response.writeHead(302, { location: `http://127.0.0.1:${port}/api/v1/tokens` }).end(),
  );
  const origins = own.map((host) => `http://${host}:${port}`);
  const allow = [...origins, redirecting.origin];
  const urls = [
    ...origins.map((origin) => `${origin}/api/v1/tokens`),
    `http://2130706433:${port}/webhooks/v1/call`,
    `http://[::ffff:127.0.0.1]:${port}/healthz`,
    `${redirecting.origin}/`,
  ];
  for (const url of urls) expect(await call(app, allow, url), url).toMatch(/^EgressDenied: /);
  const { items } = (await (await app.api("/messages?limit=200")).json()) as { items: unknown[] };
  expect(items).toHaveLength(urls.length);
  expect(await call(app, allow, `${origins[0]}/healthz`)).toContain("is this server itself");
});

test("another server on loopback is still reached where it is granted", async () => {
  const app = await shared.with({ providers: { anything: ANYTHING } });
  const { port } = app.app;
  const other = createServer((_request, response) => response.writeHead(204).end());
  // The same port on another address, where this server does not listen.
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.2", resolve));
  try {
    const allow = [`http://127.0.0.1:${port}`, `http://127.0.0.2:${port}`];
    expect(await call(app, allow, `http://127.0.0.2:${port}/`)).toBe("status 204");
    expect(await call(app, allow, `http://127.0.0.1:${port}/`)).toMatch(/^EgressDenied/);
  } finally {
    other.close();
  }
});

test.each([
  ["127.0.0.1", "127.0.0.1", true],
  ["127.0.0.1", "::ffff:127.0.0.1", true],
  ["127.0.0.1", "127.0.0.2", false],
  ["0.0.0.0", "127.0.0.2", true],
  ["::", "::1", true],
  ["::", "127.0.0.1", true],
  ["::", "::ffff:7f00:1", true],
  ["::1", "0:0:0:0:0:0:0:1", true],
  ["::1", "127.0.0.1", false],
  ["0.0.0.0", "192.0.2.77", false],
])("a server at %s is itself at %s: %s", (address, called, isOwn) => {
  const own = new OwnAddress();
  expect(own.isOwn(called, 8080)).toBe(false);
  own.listensAt({ address, port: 8080, family: "" });
  expect(own.isOwn(called, 8080)).toBe(isOwn);
  expect(own.isOwn(called, 8081)).toBe(false);
});

test("readiness checks write to the database once in a while, and not for every request", async () => {
  const app = await shared.with({});
  const commits = async () => (await metricValue(app.url, "hookyard_commit_seconds_count")) ?? 0;
  const ready = async () => (await fetch(`${app.url}/readyz`)).status;
  expect(await ready()).toBe(200);
  const before = await commits();
  const startedAt = performance.now();
  for (let round = 0; round < 10; round++)
    expect(await Promise.all(Array.from({ length: 20 }, ready))).toEqual(Array(20).fill(200));
  const seconds = (performance.now() - startedAt) / 1000;
  expect((await commits()) - before).toBeLessThanOrEqual(1 + Math.ceil(seconds / 2));
});

test("a failing database is noticed, and so is its recovery", async () => {
  const app = await shared.with({});
  const ready = async () => (await fetch(`${app.url}/readyz`)).status;
  expect(await ready()).toBe(200);
  const other = new Database(join(app.folder, "data", "hookyard.db"));
  other.exec("BEGIN IMMEDIATE");
  try {
    await expect.poll(ready, { timeout: 30_000 }).toBe(503);
    other.exec("ROLLBACK");
    await expect.poll(ready, { timeout: 30_000 }).toBe(200);
  } finally {
    other.close();
  }
});
