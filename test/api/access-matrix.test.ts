/**
 * Each endpoint of the API is called with each permission. The cases come from the list of endpoints, so a new endpoint
 * is covered.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AdminDeps, adminEndpoints } from "../../src/admin/api-router.ts";
import type { Endpoint } from "../../src/admin/endpoint.ts";
import { PERMISSIONS, type Permission } from "../../src/model/permission.ts";
import { startTestApp, type TestApp } from "../support/test-app.ts";

/** The test reads only the definitions of these endpoints and calls none of their handlers. */
const endpoints = adminEndpoints({ maxBodyBytes: 1 } as AdminDeps);

/** Whether a permission allows an endpoint: only its own endpoints, or all of them for `admin`. */
const opens = (held: Permission, { permission }: Endpoint) =>
  held === permission || held === "admin" || permission === "any";

const UNKNOWN_ID = "00000000-0000-7000-8000-000000000000";
const pathOf = ({ path }: Endpoint) =>
  path
    .replace(/:id\b/g, UNKNOWN_ID)
    .replace(/:number\b/g, "1")
    .replace(/:\w+/g, "none");

let app: TestApp;
const tokens = new Map<Permission, string>();
/** Of a session with the permission `admin`. */
let cookie = "";

const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` });

async function call(endpoint: Endpoint, headers: Readonly<Record<string, string>>) {
  const response = await fetch(`${app.url}/api/v1${pathOf(endpoint)}`, {
    method: endpoint.method.toUpperCase(),
    // The body has the wrong shape, so that no call changes anything.
    ...(endpoint.body === undefined ? {} : { body: '{"unheard": "of"}' }),
    headers,
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
  const body = JSON.stringify({ token: tokens.get("admin") });
  const signedIn = await fetch(`${app.url}/api/v1/sessions`, { method: "POST", body });
  cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
});
afterAll(async () => app[Symbol.asyncDispose]());

test("each permission except messages:logs is required by an endpoint", () => {
  const used = new Set(endpoints.map(({ permission }) => permission));
  // `messages:logs` has no endpoint: it adds the logs to the messages that other endpoints return.
  expect(PERMISSIONS.filter((one) => !used.has(one))).toEqual(["messages:logs"]);
});

describe.each(
  endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const),
)("%s", (_, endpoint) => {
  test("no request is accepted without a token", async () => {
    expect((await call(endpoint, {})).status).toBe(401);
  });

  test("a session opens it, a change from the server's own pages only", async () => {
    const origins = [undefined, "null", "https://elsewhere.example"];
    for (const origin of endpoint.method === "get" ? [] : origins) {
      const headers = { cookie, ...(origin === undefined ? {} : { origin }) };
      const { status, text } = await call(endpoint, headers);
      expect(status, text).toBe(403);
      expect(text).toContain("Origin");
    }
    // These end the session of the other cases, or need a token.
    if (["/sessions/current", "/sessions/links"].includes(endpoint.path)) return;
    const { status, text } = await call(endpoint, { cookie, origin: app.url });
    expect([401, 403], text).not.toContain(status);
  });

  test.each(PERMISSIONS)("%s", async (held) => {
    const { status, text } = await call(endpoint, bearer(tokens.get(held)));
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
