/** Every call of the API with every permission: made from the list of calls, so that none can be forgotten. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AdminDeps, adminEndpoints } from "../../src/admin/api-router.ts";
import type { Endpoint } from "../../src/admin/endpoint.ts";
import { PERMISSIONS, type Permission } from "../../src/model/permission.ts";
import { startTestApp, type TestApp } from "../support/test-app.ts";

/** Only read for what they say of themselves: none of them is handled here. */
const endpoints = adminEndpoints({ maxBodyBytes: 1 } as AdminDeps);

/** What each permission opens beside its own calls: nothing, but for `admin`, which opens all. */
const opens = (held: Permission, { permission }: Endpoint) =>
  held === permission || held === "admin";

const UNKNOWN_ID = "00000000-0000-7000-8000-000000000000";
const pathOf = ({ path }: Endpoint) =>
  path
    .replace(/:id\b/g, UNKNOWN_ID)
    .replace(/:number\b/g, "1")
    .replace(/:\w+/g, "none");

let app: TestApp;
const tokens = new Map<Permission, string>();

async function call(endpoint: Endpoint, token: string | undefined) {
  const response = await fetch(`${app.url}/api/v1${pathOf(endpoint)}`, {
    method: endpoint.method.toUpperCase(),
    // Of the wrong shape wherever something would be changed.
    ...(endpoint.body === undefined ? {} : { body: '{"unheard": "of"}' }),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(15_000),
  });
  const text = endpoint.method === "get" && response.ok ? "" : await response.text();
  await response.body?.cancel().catch(() => undefined);
  return { status: response.status, text };
}

beforeAll(async () => {
  app = await startTestApp();
  for (const permission of PERMISSIONS) {
    const body = JSON.stringify({
      name: `may-${permission.replace(":", "-")}`,
      permissions: [permission],
    });
    const response = await app.api("/tokens", { method: "POST", body });
    const { token } = (await response.json()) as { token: string };
    tokens.set(permission, token);
  }
});
afterAll(async () => app[Symbol.asyncDispose]());

test("every permission opens something", () => {
  const used = new Set(endpoints.map(({ permission }) => permission));
  // What a message looks like from inside a script is logged: those are shown with the message, not by a call.
  expect(PERMISSIONS.filter((one) => !used.has(one))).toEqual(["messages:logs"]);
});

describe.each(
  endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const),
)("%s", (_, endpoint) => {
  test("no request is accepted without a token", async () => {
    expect((await call(endpoint, undefined)).status).toBe(401);
  });

  test.each(PERMISSIONS)("%s", async (held) => {
    const { status, text } = await call(endpoint, tokens.get(held));
    expect(status).not.toBe(401);
    expect(status).toBeLessThan(500);
    if (opens(held, endpoint)) {
      expect(status, text).not.toBe(403);
      return;
    }
    expect(status, text).toBe(403);
    expect(JSON.parse(text).detail).toContain(endpoint.permission);
  });
});
