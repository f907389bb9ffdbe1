/** People signed in to a test server, as a browser would. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect } from "vitest";
import type { Permission } from "../../src/model/permission.ts";
import type { Json } from "./json.ts";
import { type TestApp, TOKEN } from "./test-app.ts";

let count = 0;

export interface SignedIn {
  readonly session: Json;
  /** The header that a browser sends. */
  readonly cookie: string;
  readonly setCookie: string;
}

export const post = (app: TestApp, path: string, body: object, headers: object = {}) =>
  app.api(path, { method: "POST", body: JSON.stringify(body), headers: { ...headers } });

/** Sends no token: `app.api` would add one. */
export const signInWith = (app: TestApp, body: object, headers: object = {}) =>
  fetch(`${app.url}/api/v1/sessions`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { ...headers },
  });

export async function signIn(app: TestApp, body: object = { token: TOKEN }): Promise<SignedIn> {
  const response = await signInWith(app, body, { origin: app.url });
  expect(response.status).toBe(201);
  const setCookie = response.headers.get("set-cookie") ?? "";
  const session = (await response.json()) as Json;
  return { session, cookie: setCookie.split(";")[0] ?? "", setCookie };
}

/** A call as a page of the console makes it. */
export const call = (
  app: TestApp,
  { cookie }: { readonly cookie: string },
  path: string,
  init: RequestInit = {},
) =>
  fetch(`${app.url}/api/v1${path}`, {
    ...init,
    headers: { cookie, origin: app.url, ...init.headers },
  });

export async function makeToken(
  app: TestApp,
  permissions: readonly Permission[],
  more: object = {},
) {
  const name = `person-${count++}`;
  const made = await post(app, "/tokens", { name, permissions, ...more });
  expect(made.status).toBe(201);
  const { token } = (await made.json()) as { token: string };
  return { name, token };
}

/** Runs SQL on the database of the server, like a database tool. */
export function inDatabase<T>(app: TestApp, use: (sqlite: Database.Database) => T): T {
  const sqlite = new Database(join(app.folder, "data/hookyard.db"), { timeout: 5000 });
  try {
    return use(sqlite);
  } finally {
    sqlite.close();
  }
}
