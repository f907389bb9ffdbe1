/** Rules of HTTP that each call of the API follows. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ANYTHING, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

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
  ["PUT", "/messages/resubmit", "GET, POST, HEAD"],
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
