/** The OpenAPI description is valid and complete, and a client can be generated from it. */
import { execFile } from "node:child_process";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Validator } from "@seriousme/openapi-schema-validator";
import openapiTS from "openapi-typescript";
import { expect, test } from "vitest";
import { API_TYPES, typesOf } from "../../scripts/api-types.ts";
import { type AdminDeps, adminRouter } from "../../src/admin/api-router.ts";
import { Store } from "../../src/store/store.ts";
import { ApiDescription } from "../support/api-description.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const run = promisify(execFile);

async function documentOf(app: TestApp): Promise<Document> {
  const response = await fetch(`${app.url}/api/v1/openapi.json`);
  return (await response.json()) as Document;
}

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, calls]) =>
    Object.entries(calls).map(([method, operation]) => ({ path, method, operation })),
  );

test("the description is valid, and each call has its permission and its error answers", async () => {
  await using app = await startTestApp({ environment: { HOOKYARD_BASE_PATHS: "/other/base" } });
  const document = await documentOf(app);
  const validator = new Validator();
  expect(await validator.validate({ ...structuredClone(document) })).toMatchObject({ valid: true });
  expect(validator.version).toBe("3.1");
  const operations = operationsOf(document);
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      "/webhooks/v1/{uri}",
      "/other/base/{uri}",
      "/healthz",
      "/readyz",
      "/metrics",
    ]),
  );
  for (const { path, operation } of operations) {
    expect(operation.security, path).toBeDefined();
    if (!path.startsWith("/api/v1")) continue;
    expect(operation.responses["default"]?.content).toHaveProperty(["application/problem+json"]);
  }
});

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

const routesOf = (stack: readonly Layer[]): readonly string[] =>
  stack.flatMap(({ route, handle }) =>
    route === undefined
      ? routesOf(handle.stack ?? [])
      : Object.keys(route.methods)
          // Refuses the other methods.
          .filter((method) => method !== "_all")
          .map((method) => `${method} ${route.path}`),
  );

test("the description and the routes of the API are the same list", async () => {
  await using app = await startTestApp();
  const folder = tempFolder().path;
  try {
    using store = new Store(join(folder, "routes.db"));
    // The test calls no handler and reads only the definitions.
    const around = { store, basePaths: [], maxBodyBytes: 1 } as unknown as AdminDeps;
    const router = adminRouter(around);
    const described = operationsOf(await documentOf(app)).flatMap(({ path, method }) =>
      path.startsWith("/api/v1/")
        ? [`${method} ${path.slice("/api/v1".length).replace(/\{(\w+)\}/g, ":$1")}`]
        : [],
    );
    const routes = routesOf(router.stack as unknown as readonly Layer[]);
    expect(routes.length).toBeGreaterThan(5);
    expect(routes.toSorted()).toEqual(described.toSorted());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an answer that differs from its description is detected", async () => {
  await using app = await startTestApp();
  const description = new ApiDescription(await documentOf(app));
  const check = async (path: string, status: number, body: object, type = "application/json") =>
    await description.check(
      "GET",
      `/api/v1${path}`,
      new Response(JSON.stringify(body), { status, headers: { "content-type": type } }),
    );
  await check("/messages", 200, { items: [], nextCursor: null });
  await expect(check("/messages", 200, { items: [] })).rejects.toThrow("nextCursor");
  await expect(check("/messages", 200, { items: [{}], nextCursor: null })).rejects.toThrow(
    "receivedAt",
  );
  await expect(check("/messages", 200, { items: [], nextCursor: null, x: 1 })).rejects.toThrow();
  await expect(check("/messages", 200, {}, "text/html")).rejects.toThrow("text/html");
  await expect(check("/messages", 409, { a: 1 })).rejects.toThrow("does not list 409");
  await expect(check("/unknown", 200, {})).rejects.toThrow("does not list 200");
  await expect(check("/messages", 401, { a: 1 })).rejects.toThrow("has no application/json");
  await expect(check("/messages", 401, {}, "application/problem+json")).rejects.toThrow("detail");
});

const CLIENT = `
import createClient from "openapi-fetch";
import type { paths } from "./api.ts";

const [baseUrl = "", token = "", id = ""] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { authorization: "Bearer " + token } });
const query = { status: "SUCCESS", limit: 5 } as const;
const list = await client.GET("/api/v1/messages", { params: { query } });
// @ts-expect-error This status is not described.
void (() => client.GET("/api/v1/messages", { params: { query: { status: "DONE" } } }));
// @ts-expect-error This path is not described.
void (() => client.GET("/api/v1/massages"));
const first: string | undefined = list.data?.items[0]?.id;
const details = await client.GET("/api/v1/messages/{id}", { params: { path: { id } } });
const statuses: string[] | undefined = details.data?.executions.map(({ status }) => status);
const again = await client.POST("/api/v1/messages/{id}/resubmit", {
  params: { path: { id } },
  body: { functions: ["one"], headers: { "x-a": "b" }, body: { other: true } },
});
const missing = await client.GET("/api/v1/messages/{id}", { params: { path: { id: "none" } } });
const code: string | undefined = missing.error?.code;
process.stdout.write(JSON.stringify({ first, statuses, again: again.data?.messageId, code }));
`;

test("a client generated from the description is type-checked and works", async () => {
  const functions = { one: fn("x", "export default () => 1;") };
  await using app = await startTestApp({ providers: { anything: ANYTHING }, functions });
  const id = await idIn(await app.send("x", { body: "{}" }));
  await app.ended(id);
  const folder = tempFolder().path;
  try {
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    const types = await openapiTS(structuredClone(await documentOf(app)) as never);
    writeFileSync(join(folder, "api.ts"), types);
    writeFileSync(join(folder, "client.ts"), CLIENT);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const compilerOptions = { typeRoots: [resolve("node_modules/@types")], lib: ["es2025", "dom"] };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: resolve("tsconfig.json"), compilerOptions, include: ["*.ts"] }),
    );
    const checked = await run(resolve("node_modules/.bin/tsc"), ["-p", folder]).catch(
      (error: { stdout: string }) => error,
    );
    expect(checked.stdout).toBe("");
    const flags = ["--disable-warning=ExperimentalWarning"];
    const file = join(folder, "client.ts");
    const { stdout } = await run(process.execPath, [...flags, file, app.url, TOKEN, id]);
    expect(JSON.parse(stdout)).toEqual({
      first: id,
      statuses: ["SUCCESS"],
      again: expect.stringMatching(/^[0-9a-f-]{36}$/),
      code: "not_found",
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the console's types of the API are those of the server's description", async () => {
  await using app = await startTestApp();
  expect(await typesOf(await documentOf(app)), "run `npm run docs`").toBe(
    readFileSync(API_TYPES, "utf8"),
  );
});

test("the page, its parts and the typings need no token and load nothing from another host", async () => {
  await using app = await startTestApp();
  const get = async (path: string, headers: Record<string, string> = {}) =>
    await fetch(`${app.url}/api/v1${path}`, { headers });
  const page = await get("/docs");
  expect(page.status).toBe(200);
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self';");
  const html = await page.text();
  expect(html).not.toMatch(/https?:|<style|<script>/);
  const parts = [...html.matchAll(/(?:src|href)="\/api\/v1([^"]+)"/g)].map(([, path = ""]) => path);
  expect(parts).toHaveLength(4);
  for (const path of parts) {
    const part = await get(path);
    expect([part.status, part.headers.get("x-content-type-options")]).toEqual([200, "nosniff"]);
    expect((await part.text()).length).toBeGreaterThan(50);
    const known = { "if-none-match": part.headers.get("etag") ?? "" };
    expect((await get(path, known)).status).toBe(304);
  }
  expect((await get("/docs/package.json")).status).toBe(400);
  expect((await get("/docs/..%2fpackage.json")).status).toBe(400);
  const types = await get("/types.d.ts");
  expect(await types.text()).toBe(readFileSync("src/sandbox/hookyard.d.ts", "utf8"));
});
