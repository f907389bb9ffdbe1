/** Rules of HTTP that each call of the API follows. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { rawClient } from "../support/raw-client.ts";
import { ANYTHING, idIn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ providers: { anything: ANYTHING } });
});
afterAll(() => app[Symbol.asyncDispose]());

const storedCount = async () =>
  ((await (await app.api("/messages?limit=200")).json()) as { items: object[] }).items.length;

test("HEAD answers as GET does, without the body", async () => {
  const id = await idIn(await app.send("x", { body: "abc" }));
  for (const path of ["/messages", `/messages/${id}`, `/messages/${id}/body`, "/openapi.json"]) {
    const [get, head] = [await app.api(path), await app.api(path, { method: "HEAD" })];
    expect([head.status, head.headers.get("content-length")], path).toEqual([
      200,
      get.headers.get("content-length"),
    ]);
    expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
    expect(await head.text()).toBe("");
  }
});

test.each([
  ["DELETE", "/messages", "GET, HEAD"],
  ["PUT", "/messages/resubmit", "POST"],
  ["GET", "/messages/resubmit", "POST"],
  ["DELETE", "/messages/events", "GET, HEAD"],
  ["GET", "/providers/order", "PUT"],
  ["PATCH", "/providers/order", "PUT"],
  ["DELETE", "/providers/order", "PUT"],
  ["OPTIONS", "/providers/order", "PUT"],
  ["PUT", "/providers/other", "GET, PATCH, DELETE, HEAD"],
  ["GET", "/messages/1/resubmit", "POST"],
  ["POST", "/openapi.json", "GET, HEAD"],
])("%s %s is refused with the methods there are", async (method, path, allowed) => {
  const response = await app.api(path, { method });
  expect([response.status, response.headers.get("allow")]).toEqual([405, allowed]);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  expect(await response.json()).toMatchObject({
    code: "method_not_allowed",
    detail: expect.stringContaining(allowed),
  });
});

test.each([
  ["PATCH", "/providers/anything", /found no body/],
  ["POST", "/tokens", /permissions/],
  ["PUT", "/providers/order", /names/],
])("%s %s needs a body", async (method, path, detail) => {
  for (const init of [{}, { body: "null" }, { body: "[]" }]) {
    const response = await app.api(path, { method, ...init });
    expect(response.status).toBe(400);
    if (!("body" in init))
      expect(await response.json()).toMatchObject({ detail: expect.stringMatching(detail) });
  }
});

test.each(["TRACE", "CONNECT"])(
  "%s carries no message, and is refused where there are paths",
  async (method) => {
    const before = await storedCount();
    const sent = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    for (const [path, allow] of [
      ["/webhooks/v1/x", sent],
      ["/webhooks/v1", sent],
      ["/healthz", "GET, HEAD"],
      ["/readyz", "GET, HEAD"],
      ["/metrics", "GET, HEAD"],
      ["/api/v1/messages", "GET, HEAD"],
      ["/api/v1/openapi.json", "GET, HEAD"],
    ] as const) {
      const lines = [`${method} ${path} HTTP/1.1`, "Host: x", `Authorization: Bearer ${TOKEN}`];
      using client = await rawClient(app.url, `${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`);
      await expect.poll(() => client.isClosed()).toBe(true);
      const answer = client.received();
      expect(answer, path).toMatch(/^HTTP\/1\.1 405 /);
      expect(answer.toLowerCase(), path).toContain(`\r\nallow: ${allow.toLowerCase()}\r\n`);
      expect(answer, path).toContain("method_not_allowed");
    }
    expect(await storedCount()).toBe(before);
  },
);

test.each([
  ["POST", "/healthz"],
  ["DELETE", "/readyz"],
  ["PUT", "/metrics"],
])("%s %s is refused with the methods there are", async (method, path) => {
  const response = await fetch(app.url + path, { method });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])(
  "a %s to a base path is a message",
  async (method) => {
    expect((await fetch(`${app.url}/webhooks/v1/x`, { method })).status).toBe(202);
  },
);

test("answers with message content are not cached, and constant files have a version", async () => {
  const id = await idIn(await app.send("x", { body: "abc" }));
  for (const path of ["/messages", `/messages/${id}`, `/messages/${id}/body`, "/messages/none"])
    expect((await app.api(path)).headers.get("cache-control"), path).toBe("no-store");
  const etag = (await app.api(`/messages/${id}/body`)).headers.get("etag") ?? "";
  const known = { "if-none-match": etag };
  expect((await app.api(`/messages/${id}/body`, { headers: known })).status).toBe(304);
  const other = { "if-none-match": '"other"' };
  expect((await app.api(`/messages/${id}/body`, { headers: other })).status).toBe(200);
});

test("a request that accepts only another type is refused, and a range of types is not", async () => {
  const id = await idIn(await app.send("x", { body: "abc" }));
  const status = async (path: string, accept: string) =>
    (await app.api(path, { headers: { accept } })).status;
  expect(await status("/messages", "text/html")).toBe(406);
  expect(await status("/messages", "text/html, */*;q=0.1")).toBe(200);
  expect(await status("/messages", "application/*")).toBe(200);
  expect(await status(`/messages/${id}/body`, "image/png")).toBe(200);
  expect(await status("/docs", "application/json")).toBe(406);
});

test.each([
  ["application/xml", 415],
  ["multipart/form-data; boundary=x", 415],
  ["application/json; charset=utf-8", 200],
  ["application/merge-patch+json", 200],
  ["application/x-www-form-urlencoded", 200],
])("a body of type %s is answered %i", async (type, status) => {
  const init = { method: "POST", headers: { "content-type": type } };
  const body = JSON.stringify({ dryRun: true, uri: "x" });
  const response = await app.api("/messages/resubmit", { ...init, body });
  expect(response.status).toBe(status);
  if (status === 415) {
    expect(response.headers.get("accept")).toBe("application/json");
    expect(await response.json()).toMatchObject({ code: "unsupported_media_type" });
  }
});

test("a body in an unknown encoding is refused", async () => {
  const headers = { "content-type": "application/json", "content-encoding": "compress" };
  const response = await app.api("/messages/resubmit", { method: "POST", headers, body: "{}" });
  expect(response.status).toBe(415);
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining("gzip") });
});

test.each([
  ["POST", "/messages/x/resubmit?dryRun=true", "dryRun"],
  ["GET", "/providers?limit=2", "limit"],
  ["PATCH", "/functions/x?foo=1", "foo"],
])("%s %s: a parameter that is not known is refused by name", async (method, path, name) => {
  const id = await idIn(await app.send("x", { body: "abc" }));
  await app.ended(id);
  const before = await storedCount();
  const response = await app.api(path.replace("/x/", `/${id}/`), {
    method,
    ...(method === "GET" ? {} : { body: "{}" }),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: "bad_request",
    detail: expect.stringContaining(`"${name}"`),
  });
  expect(await storedCount()).toBe(before);
});
