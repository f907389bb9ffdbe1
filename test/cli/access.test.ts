/** `hookyard sign-in|session|secret|token|audit` against a real server. */
import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commandHere, hookyard, type Ran } from "../support/command.ts";
import { startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

const SECRET = "a secret that is nowhere else";

const matchesAll = {
  json: { priority: 1, properties: [{ name: "secret", secret: true }] },
  script: "export default () => true;\n",
};

let app: TestApp;
let run: (...args: readonly string[]) => Promise<Ran>;

beforeEach(async () => {
  app = await startTestApp({ providers: { acme: matchesAll } });
  run = (...args) => commandHere(app, ...args);
});
afterEach(() => app[Symbol.asyncDispose]());

const withInput = (input: string, ...args: readonly string[]) =>
  hookyard(args, { input, environment: { HOOKYARD_URL: app.url, HOOKYARD_TOKEN: TOKEN } });

const property = async () =>
  JSON.parse((await run("providers", "show", "acme", "--json")).out).properties[0];

// Older servers lack the API of tokens and stored secrets.
describe.skipIf(!existsSync("src/admin/tokens.ts"))("with tokens and stored secrets", () => {
  test("a token is shown once on standard output, has its permissions, and is revoked", async () => {
    const permissions = ["--permission", "messages:read"];
    const made = await run("token", "create", "ci", ...permissions, "--expires", "1h");
    expect(made.code).toBe(0);
    expect(made.out).toMatch(/^hky_\S+\n$/);
    const environment = { HOOKYARD_URL: app.url, HOOKYARD_TOKEN: made.out.trim() };
    expect((await hookyard(["messages", "list"], { environment })).code).toBe(0);
    const refused = await hookyard(["providers", "list"], { environment });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("has no permission scripts:read");
    expect((await run("token", "list")).out).toMatch(/^ci +messages:read +20/m);
    expect(await run("token", "revoke", "ci")).toMatchObject({ code: 0 });
    expect((await hookyard(["messages", "list"], { environment })).code).toBe(1);
  });

  test("a sign-in link is all of standard output and works once; sessions are listed and ended", async () => {
    const made = await run("sign-in");
    expect(made.code).toBe(0);
    const [, code] = /^http\S+\/sign-in#code=(\S+)\n$/.exec(made.out) ?? [];
    const signIn = () =>
      fetch(`${app.url}/api/v1/sessions`, { method: "POST", body: JSON.stringify({ code }) });
    const signedIn = await signIn();
    expect([signedIn.status, (await signIn()).status]).toEqual([201, 401]);
    const { id } = (await signedIn.json()) as { id: string };
    expect((await run("session", "list")).out).toMatch(
      new RegExp(`^${id} +admin +link +127\\.0\\.0\\.1 +20`, "m"),
    );
    expect(await run("session", "end", id)).toMatchObject({ code: 0 });
    expect((await run("session", "list")).out).not.toContain(id);
  });

  test("a secret comes from standard input, is set, rotated and unset, and shown nowhere", async () => {
    const set = await withInput(`${SECRET}\n`, "secret", "set", "acme", "secret");
    expect(set).toEqual({ code: 0, out: "secret of acme is set\n", err: "" });
    expect(await property()).toMatchObject({ set: true });
    const rotated = await withInput(
      `new\n${SECRET}\n`,
      "secret",
      "set",
      "acme",
      "secret",
      "--rotate",
    );
    expect(rotated.code).toBe(0);
    const { out } = await run("audit", "--target", "acme/secret");
    expect(out).toMatch(/^20.* admin +\S+ +acme\/secret/m);
    expect(out).not.toContain(SECRET);
    expect(await run("secret", "unset", "acme", "secret")).toMatchObject({ code: 0 });
    expect(await property()).toMatchObject({ set: false });
  });
});

test("an empty secret is refused, and two lines without --rotate", async () => {
  const nothing = await withInput("", "secret", "set", "acme", "secret");
  expect(nothing.code).toBe(2);
  expect(nothing.err).toContain("found nothing on standard input");
  const two = await withInput("a\nb\n", "secret", "set", "acme", "secret");
  expect(two.code).toBe(2);
  expect(two.err).toContain("--rotate");
});

test("a token without a permission, or with an unknown one, is a usage error", async () => {
  expect(await run("token", "create", "ci")).toMatchObject({ code: 2 });
  const { err } = await run("token", "create", "ci", "--permission", "everything");
  expect(err).toContain("Allowed choices are messages:read");
});
