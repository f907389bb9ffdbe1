/** Sign-in with an identity provider by OpenID Connect, at a real provider on loopback. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { realmOf } from "../../src/admin/sessions/oidc/realm.ts";
import { nameOf, permissionsOf } from "../../src/model/oidc.ts";
import {
  Browser,
  CLIENT,
  type IdentityProvider,
  startIdentityProvider,
} from "../support/identity-provider.ts";
import type { Json } from "../support/json.ts";
import { inDatabase } from "../support/signed-in.ts";
import { startTestApp, type TestApp } from "../support/test-app.ts";

const MAP = {
  groups: { admins: ["admin"], ops: ["messages:read", "messages:resubmit"] },
  email: { "jane@example.org": ["scripts:read"] },
} as const;

let provider: IdentityProvider;
let app: TestApp;
const START = "/api/v1/sessions/oidc";

const environment = (map: object = MAP) => ({
  HOOKYARD_OIDC_ISSUER: provider.issuer,
  HOOKYARD_OIDC_CLIENT_ID: CLIENT.id,
  HOOKYARD_OIDC_CLIENT_SECRET: CLIENT.secret,
  HOOKYARD_OIDC_PERMISSIONS: JSON.stringify(map),
});

beforeAll(async () => {
  provider = await startIdentityProvider();
  app = await startTestApp({ environment: environment() });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const signInAs = async (person: IdentityProvider["person"], path = START) => {
  provider.person = person;
  const browser = new Browser();
  const { url } = await browser.go(`${app.url}${path}`, `${app.url}/`);
  const { url: end } = await browser.go(url.href);
  return { browser, end: end.href.slice(app.url.length) };
};

const current = async (browser: Browser) => {
  const cookie = browser.cookie(app.url);
  const response = await fetch(`${app.url}/api/v1/sessions/current`, { headers: { cookie } });
  return { status: response.status, session: (await response.json()) as Json };
};

const JANE = { sub: "u1", email: "jane@example.org", email_verified: true, groups: ["ops", "x"] };

test("a provider that does not answer sends the browser back, and the next try works", async () => {
  expect((await signInAs(JANE)).end).toBe("/sign-in#error=unavailable");
  provider.serve(`${app.url}${START}/callback`);
  expect((await signInAs(JANE)).end).toBe("/");
});

test("a person signs in with what the claims allow, and comes back to the page that was asked for", async () => {
  const { browser, end } = await signInAs(
    JANE,
    `${START}?returnTo=/messages/1%3Fq%3Da%20b`.replace("%20", "%2B"),
  );
  expect(end).toBe("/messages/1?q=a+b");
  const { status, session } = await current(browser);
  expect(status).toBe(200);
  expect(session).toMatchObject({
    name: "jane@example.org",
    permissions: ["messages:read", "messages:resubmit", "scripts:read"],
    via: "oidc",
  });
  expect(provider.tokenBodies.at(-1)).toMatch(/code_verifier=[\w-]{43,}/);
  expect(browser.visited.join()).toMatch(/code_challenge_method=S256/);
  // The cookie of the sign-in is gone.
  expect(browser.cookie(app.url)).toMatch(/^hookyard_session=hks_[\w-]{32}$/);
  const read = async (path: string) =>
    (await fetch(`${app.url}/api/v1${path}`, { headers: { cookie: browser.cookie(app.url) } }))
      .status;
  expect([await read("/messages"), await read("/providers"), await read("/tokens")]).toEqual([
    200, 200, 403,
  ]);
  const log = await (await app.api("/audit?caller=oidc:jane@example.org")).text();
  expect(JSON.parse(log).items[0]).toMatchObject({
    action: "session.start",
    after: { via: "oidc", subject: "u1" },
  });
  await app.api(`/sessions/${session.id}`, { method: "DELETE" });
  expect((await current(browser)).status).toBe(401);
});

test("claims that stand in the ID token count too, and the session ends when the settings change", async () => {
  provider.serve(`${app.url}${START}/callback`, { claimsInIdToken: true });
  const { browser } = await signInAs({ sub: "u2", groups: "admins" });
  const { session } = await current(browser);
  expect(session).toMatchObject({ name: "u2", permissions: ["admin"] });
  inDatabase(app, (sqlite) =>
    sqlite.prepare("UPDATE session SET issuer = ? WHERE id = ?").run("another", session.id),
  );
  expect((await current(browser)).status).toBe(401);
});

test("who declines, has no permission or only an unverified address is not signed in", async () => {
  const people = [
    [undefined, "denied"],
    [{ sub: "u3" }, "no_permission"],
    [{ sub: "u3", groups: ["strangers"] }, "no_permission"],
    [{ sub: "u3", email: "jane@example.org" }, "no_permission"],
    [{ sub: "u3", email: "jane@example.org", email_verified: false }, "no_permission"],
  ] as const;
  for (const [person, problem] of people) {
    const { browser, end } = await signInAs(person);
    expect(end).toBe(`/sign-in#error=${problem}`);
    expect(browser.cookie(app.url)).toBe("");
  }
});

test("the answer of the provider works once, and only in the browser that asked", async () => {
  provider.person = JANE;
  const browser = new Browser();
  const { url } = await browser.go(`${app.url}${START}`, "/callback?");
  const changed = (name: string, value: string) => {
    const other = new URL(url);
    other.searchParams.set(name, value);
    return other.href;
  };
  const endOf = async (who: Browser, address: string) => {
    const { url: end } = await who.go(address);
    return end.href.slice(app.url.length);
  };
  expect(await endOf(new Browser(), url.href)).toBe("/sign-in#error=expired");
  const { url: again } = await browser.go(`${app.url}${START}`, "/callback?");
  expect(await endOf(browser, url.href)).toBe("/sign-in#error=expired");
  const fresh = new Browser();
  for (const [name, value] of [
    ["code", "guessed"],
    ["iss", "https://evil.example"],
  ] as const) {
    const { url: right } = await fresh.go(`${app.url}${START}`, "/callback?");
    right.searchParams.set(name, value);
    expect(await endOf(fresh, right.href)).toMatch(/^\/sign-in#error=(?:expired|unavailable)$/);
    expect(fresh.cookie(app.url)).toBe("");
  }
  expect(await endOf(browser, changed("state", again.searchParams.get("state") ?? ""))).toBe(
    "/sign-in#error=expired",
  );
  const { url: last } = await browser.go(`${app.url}${START}`, "/callback?");
  expect(await endOf(browser, last.href)).toBe("/");
  expect(await endOf(browser, last.href)).toBe("/sign-in#error=expired");
});

test.each([
  "//evil.example",
  "/\\evil.example",
  "https://evil.example",
  "javascript:alert(1)",
  "",
  "messages",
  "/\u0001/x",
  "/\t/evil.example",
])("the way back to %j is refused", async (returnTo) => {
  const query = new URLSearchParams({ returnTo }).toString();
  const refused = await fetch(`${app.url}${START}?${query}`, { redirect: "manual" });
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain("returnTo");
});

test("answers that no browser asked for are slowed down", async () => {
  const statuses: number[] = [];
  for (let n = 0; n < 12; n++) {
    const forged = await fetch(`${app.url}${START}/callback?state=s&code=c`, {
      redirect: "manual",
    });
    statuses.push(forged.status);
  }
  expect(statuses.at(-1)).toBe(429);
});

const CLAIMS: readonly (readonly [object, readonly string[]])[] = [
  [{ groups: ["admins"] }, ["admin"]],
  [{ groups: "ops" }, ["messages:read"]],
  [{ groups: "xops" }, []],
  [{ groups: { ops: true } }, []],
  [{ groups: [["ops"]] }, []],
  [{ level: 3 }, ["messages:logs"]],
  [{ staff: true }, ["scripts:read"]],
  [{ staff: false }, []],
  [{ tenant: "any" }, ["messages:details"]],
  [{ tenant: "" }, []],
  [{ tenant: null }, []],
  [{ email: "a@b.c", email_verified: "true" }, []],
  [{ email: "a@b.c", email_verified: true }, ["scripts:write"]],
];

test.each(CLAIMS)("the claims %j allow %j", (claims, permissions) => {
  const map = {
    groups: { admins: ["admin"], ops: ["messages:read"], constructor: ["admin"] },
    level: { "3": ["messages:logs"] },
    staff: { true: ["scripts:read"] },
    tenant: { "*": ["messages:details"] },
    email: { "a@b.c": ["scripts:write"] },
    toString: { "*": ["admin"] },
  } as const;
  expect(permissionsOf({ sub: "s", ...claims }, map)).toEqual(permissions);
});

test("another issuer, client or map of permissions ends the sessions, another secret does not", () => {
  const settings = {
    issuer: "https://id.example.org",
    clientId: "hookyard",
    clientSecret: "secret",
    permissions: { groups: { ops: ["messages:read"] } },
    scopes: "openid",
    nameClaim: undefined,
  } as const;
  const realm = realmOf(settings);
  expect(realmOf({ ...settings, clientSecret: "rotated" })).toBe(realm);
  const changes = [
    { issuer: "https://id.example.net" },
    { clientId: "other" },
    { permissions: { groups: { ops: ["admin"] } } },
  ] as const;
  for (const change of changes) expect(realmOf({ ...settings, ...change })).not.toBe(realm);
});

test("a person is named by the verified address, the chosen claim, or the id", () => {
  const claims = { sub: "s", email: "a@b.c", login: "ann" };
  expect(nameOf(claims, undefined)).toBe("s");
  expect(nameOf({ ...claims, email_verified: true }, undefined)).toBe("a@b.c");
  expect(nameOf(claims, "login")).toBe("ann");
  expect(nameOf(claims, "absent")).toBe("s");
});
