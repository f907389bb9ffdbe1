/** Sessions of the console: started with a token or a one-time link, carried by a cookie, and ended. */
import { expect, test } from "vitest";
import type { Json } from "../support/json.ts";
import { SharedApp } from "../support/shared-app.ts";
import {
  call,
  inDatabase,
  makeToken,
  post,
  type SignedIn,
  signIn,
  signInWith,
} from "../support/signed-in.ts";
import { ANYTHING, idIn, TOKEN } from "../support/test-app.ts";

const shared = new SharedApp();

test("a token signs in: the cookie is hidden from scripts, opens the API, and ends with a sign-out", async () => {
  const app = await shared.with({ providers: { anything: ANYTHING }, functions: {} });
  const { session, cookie, setCookie } = await signIn(app);
  expect(setCookie.split("; ").toSorted()).toEqual([
    "HttpOnly",
    "Max-Age=604800",
    "Path=/",
    "SameSite=Strict",
    expect.stringMatching(/^hookyard_session=hks_[\w-]{32}$/),
  ]);
  expect(session).toMatchObject({ name: "admin", permissions: ["admin"], via: "token" });
  expect(Date.parse(session.expiresAt) - Date.parse(session.createdAt)).toBe(604_800_000);
  const current = await call(app, { cookie }, "/sessions/current");
  expect(await current.json()).toEqual(session);
  const id = await idIn(await app.send("x", { body: "the body" }));
  expect(await (await call(app, { cookie }, `/messages/${id}/body`)).text()).toBe("the body");
  const token = { name: "by-session", permissions: ["messages:read"] };
  const made = await call(app, { cookie }, "/tokens", {
    method: "POST",
    body: JSON.stringify(token),
  });
  expect(await made.json()).toMatchObject({ createdBy: "admin" });
  const out = await call(app, { cookie }, "/sessions/current", { method: "DELETE" });
  expect(out.status).toBe(204);
  expect(out.headers.get("set-cookie")).toMatch(/^hookyard_session=;.* Max-Age=0/);
  const refused = await call(app, { cookie }, "/sessions/current");
  expect(refused.status).toBe(401);
  expect(refused.headers.get("set-cookie")).toMatch(/^hookyard_session=;.* Max-Age=0/);
  expect((await fetch(`${app.url}/api/v1/sessions/current`)).status).toBe(401);
  expect((await app.api("/sessions/current")).status).toBe(404);
});

test("a message does not keep the cookie of a session, which browsers send with it", async () => {
  const app = await shared.with({ providers: { anything: ANYTHING }, functions: {} });
  for (const [sent, kept] of [
    ["a=1; hookyard_session=hks_x; b=2", [["a=1; b=2"]]],
    ["__Host-hookyard_session=hks_x", []],
    ["hookyard_session = hks_x;a=1", [["a=1"]]],
    ["not_hookyard_session=hks_x", [["not_hookyard_session=hks_x"]]],
  ] as const) {
    const id = await idIn(await app.send("x", { headers: { cookie: sent } }));
    const { headers } = await app.ended(id);
    const cookies = headers.filter(([name]) => name.toLowerCase() === "cookie");
    expect(cookies.length, sent).toBe(kept.length);
    const stored = await app.api(`/messages/${id}`);
    expect(await stored.text(), sent).not.toMatch(/[" ]hookyard_session ?=|Host-hookyard/);
  }
});

test("a session may do what its token may, and a token in the same request counts instead", async () => {
  const app = await shared.app();
  const { name, token } = await makeToken(app, ["messages:read"]);
  const reader = await signIn(app, { token });
  expect(reader.session).toMatchObject({ name, permissions: ["messages:read"] });
  expect((await call(app, reader, "/messages")).status).toBe(200);
  const refused = await call(app, reader, "/tokens");
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining(`of "${name}"`) });
  const admin = await signIn(app);
  const authorization = `Bearer ${token}`;
  expect((await call(app, admin, "/tokens", { headers: { authorization } })).status).toBe(403);
  const wrong = { authorization: "Bearer wrong" };
  expect((await call(app, admin, "/tokens", { headers: wrong })).status).toBe(401);
  // A proxy in front may ask for a password of its own.
  const basic = { authorization: "Basic dXNlcjpwYXNz" };
  expect((await call(app, admin, "/tokens", { headers: basic })).status).toBe(200);
});

const FOREIGN = (url: string): readonly (readonly [string, string | undefined])[] => [
  ["no origin", undefined],
  ["another host", "https://evil.example"],
  ["an opaque origin, such as that of a sandboxed answer of a script", "null"],
  ["another port", `${url}0`],
  ["another scheme", url.replace("http:", "https:")],
  ["the own origin with a path", `${url}/`],
  ["a host that begins with the own one", `${url}.evil.example`],
];

test("a change with a session's cookie needs the server's own origin, a read does not", async () => {
  const app = await shared.app();
  const { cookie, session } = await signIn(app);
  for (const [what, origin] of FOREIGN(app.url)) {
    const headers = { cookie, ...(origin === undefined ? {} : { origin }) };
    const read = await fetch(`${app.url}/api/v1/sessions/current`, { headers });
    expect(read.status, what).toBe(200);
    const path = `${app.url}/api/v1/sessions/${session.id}`;
    const refused = await fetch(path, { method: "DELETE", headers });
    expect(refused.status, what).toBe(403);
    expect(((await refused.json()) as Json).detail, what).toContain(`expected ${app.url}`);
    if (origin === undefined) continue;
    expect((await signInWith(app, { token: TOKEN }, { origin })).status, what).toBe(403);
  }
  // A program sends no origin, and no cookie.
  expect((await signInWith(app, { token: TOKEN })).status).toBe(201);
  expect((await call(app, { cookie }, "/sessions/current")).status).toBe(200);
});

test("a one-time link signs in once, also if several use it at the same time", async () => {
  const app = await shared.app();
  const code = await app.app.newSignInCode();
  const answers = await Promise.all(Array.from({ length: 6 }, () => signInWith(app, { code })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 401, 401, 401, 401, 401]);
  const good = answers.find(({ status }) => status === 201);
  expect(await good?.json()).toMatchObject({ name: "admin", permissions: ["admin"], via: "link" });
  const bad = answers.find(({ status }) => status === 401);
  expect(await bad?.json()).toMatchObject({ detail: expect.stringContaining("hookyard sign-in") });
});

test("an administrator's token makes links for itself; a session and other tokens make none", async () => {
  const app = await shared.app();
  const { name, token } = await makeToken(app, ["admin"]);
  const authorization = `Bearer ${token}`;
  const make = (headers: object) => post(app, "/sessions/links", {}, headers);
  const made = await make({ authorization });
  expect(made.status).toBe(201);
  const { url, code, expiresAt } = (await made.json()) as Json;
  expect(url).toBe(`${app.url}/sign-in#code=${code}`);
  expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(600_000);
  const { session, cookie } = await signIn(app, { code });
  expect(session).toMatchObject({ name, via: "link" });
  expect((await call(app, { cookie }, "/sessions/links", { method: "POST" })).status).toBe(403);
  const reader = await makeToken(app, ["messages:read"]);
  expect((await make({ authorization: `Bearer ${reader.token}` })).status).toBe(403);
  const [stale, orphan] = [
    (await (await make({ authorization })).json()) as Json,
    await make({ authorization }),
  ];
  inDatabase(app, (sqlite) =>
    sqlite
      .prepare("UPDATE sign_in_link SET expires_at = 1 WHERE expires_at = ?")
      .run(Date.parse(stale.expiresAt)),
  );
  expect((await signInWith(app, { code: stale.code })).status).toBe(401);
  await app.api(`/tokens/${name}`, { method: "DELETE" });
  expect((await signInWith(app, { code: ((await orphan.json()) as Json).code })).status).toBe(401);
});

test("people see and end the sessions of their own token; administrators see all", async () => {
  const app = await shared.app();
  const { token } = await makeToken(app, ["messages:read"]);
  const [first, second] = [await signIn(app, { token }), await signIn(app, { token })];
  const admin = await signIn(app);
  const idsFor = async (who: SignedIn) =>
    ((await (await call(app, who, "/sessions")).json()) as Json).items as readonly Json[];
  expect(await idsFor(first)).toEqual([
    expect.objectContaining({ id: second.session.id, current: false, remoteAddress: "127.0.0.1" }),
    expect.objectContaining({ id: first.session.id, current: true }),
  ]);
  expect((await idsFor(admin)).map(({ id }) => id)).toEqual(
    expect.arrayContaining([first.session.id, admin.session.id]),
  );
  const end = (who: SignedIn, { session }: SignedIn) =>
    call(app, who, `/sessions/${session.id}`, { method: "DELETE" });
  expect((await end(first, admin)).status).toBe(404);
  expect((await end(first, second)).status).toBe(204);
  expect((await call(app, second, "/sessions/current")).status).toBe(401);
  expect((await end(admin, first)).status).toBe(204);
  expect((await end(admin, first)).status).toBe(404);
  expect((await app.api("/sessions")).status).toBe(200);
});

test("the audit log shows each link, sign-in and end, and neither it nor the database has the secrets", async () => {
  const app = await shared.app();
  const { name, token } = await makeToken(app, ["admin"]);
  const authorization = `Bearer ${token}`;
  const link = (await (await post(app, "/sessions/links", {}, { authorization })).json()) as Json;
  const { session, cookie } = await signIn(app, { code: link.code });
  await app.api(`/sessions/${session.id}`, { method: "DELETE" });
  const log = await (await app.api(`/audit?target=${name}`)).text();
  const shown = (JSON.parse(log).items as readonly Json[]).map(({ caller, action }) => [
    caller,
    action,
  ]);
  expect(shown).toEqual([
    ["admin", "session.end"],
    [name, "session.start"],
    [name, "session.link"],
    ["admin", "token.create"],
  ]);
  const stays = await signIn(app, { token });
  const secrets = [link.code, token, ...[cookie, stays.cookie].map((one) => one.split("=")[1])];
  const rows = inDatabase(app, (sqlite) =>
    ["session", "sign_in_link", "audit"].flatMap((one) =>
      sqlite.prepare(`SELECT * FROM ${one}`).all(),
    ),
  );
  for (const secret of secrets) expect(JSON.stringify(rows) + log).not.toContain(secret);
});

test("a token has at most fifty sessions: the one that was unused for longest ends", async () => {
  const app = await shared.app();
  const { token } = await makeToken(app, ["messages:read"]);
  const first = await signIn(app, { token });
  const second = await signIn(app, { token });
  for (let n = 0; n < 49; n++) expect((await signInWith(app, { token })).status).toBe(201);
  const left = ((await (await call(app, second, "/sessions")).json()) as Json).items;
  const ids = (left as readonly Json[]).map(({ id }) => id);
  expect([ids.length, ids.includes(second.session.id)]).toEqual([50, true]);
  expect(ids).not.toContain(first.session.id);
});

test("without an identity provider, the ways to sign in say so", async () => {
  const app = await shared.app();
  expect(await (await app.api("/sessions/ways")).json()).toEqual({ oidc: false });
  for (const path of ["/sessions/oidc", "/sessions/oidc/callback?code=x&state=y"]) {
    const refused = await app.api(path, { redirect: "manual" });
    expect(refused.status).toBe(404);
    expect(((await refused.json()) as Json).detail).toContain("HOOKYARD_OIDC_ISSUER");
  }
});

test("a sign-in with anything else than one token or code is refused, and repeats none of it", async () => {
  const app = await shared.app();
  for (const body of [
    {},
    { token: "" },
    { code: 1 },
    { token: "a-secret", code: "a-secret" },
    { secret: "a-secret" },
    [],
  ]) {
    const refused = await signInWith(app, body);
    expect(refused.status).toBe(400);
    const text = await refused.text();
    expect(text).toContain("expected");
    expect(text).not.toContain("a-secret");
  }
});
