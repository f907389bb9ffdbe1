import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, idIn } from "../support/test-app.ts";

const shared = new SharedApp();

const providers = { anything: ANYTHING };
const sync = { method: "POST", headers: { "flex-sync-webhook": "true" } };

test("lists are newest first, filtered and paged by cursor", async () => {
  const app = await shared.with({
    providers,
    functions: {
      good: fn("good", "export default () => 1;"),
      bad: fn("bad", "export default () => { throw new Error('x'); };"),
    },
  });
  const ids: string[] = [];
  for (const uri of ["good", "bad", "good", "none"]) {
    ids.push(
      await idIn(
        await app.send(uri, { body: `body of ${uri}`, headers: { "flex-sync-webhook": "true" } }),
      ),
    );
  }
  const list = async (query: string) =>
    (await app.api(`/messages?${query}`)).json() as Promise<{
      items: { id: string }[];
      nextCursor: string | null;
    }>;
  const idsOf = async (query: string) => (await list(query)).items.map(({ id }) => id);
  const [first, second, third, fourth] = ids;
  expect(await idsOf("")).toEqual([fourth, third, second, first]);
  expect(await idsOf("status=FAILED")).toEqual([second]);
  expect(await idsOf("function=good")).toEqual([third, first]);
  expect(await idsOf("uri=none&provider=anything")).toEqual([fourth]);
  expect(await idsOf("q=BODY+of+bad")).toEqual([second]);
  expect(await idsOf("q=100%25")).toEqual([]);
  expect(await idsOf("to=2020-01-01T00:00:00Z")).toEqual([]);
  expect(await idsOf("from=2020-01-01T00:00:00%2B01:00&limit=1")).toEqual([fourth]);
  const page = await list("limit=3");
  expect(page.nextCursor).toBe(second);
  expect(await list(`limit=3&cursor=${page.nextCursor}`)).toMatchObject({
    items: [{ id: first }],
    nextCursor: null,
  });
});

test.each([
  ["/messages?limit=500", 400, "bad_request"],
  ["/messages?colour=red", 400, "bad_request"],
  ["/messages?status=DONE", 400, "bad_request"],
  ["/messages?from=yesterday", 400, "bad_request"],
  [`/messages?q=${"x".repeat(2000)}`, 400, "bad_request"],
  ["/messages/none", 404, "not_found"],
  ["/nothing", 404, "not_found"],
])("GET %s is %i with problem details", async (path, status, code) => {
  const app = await shared.with({});
  const response = await app.api(path);
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  expect(await response.json()).toMatchObject({ status, code, detail: expect.any(String) });
});

test.each(["", "Bearer wrong", "Basic abc", "Bearer"])(
  "authorization %j is refused",
  async (authorization) => {
    const app = await shared.with({});
    const response = await fetch(`${app.url}/api/v1/messages`, { headers: { authorization } });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("Bearer");
  },
);

test("a resubmitted message is a new message, linked to the first, with the same bytes and headers", async () => {
  const app = await shared.with({
    providers,
    functions: {
      echo: fn("x", "export default (event) => [event.rawBody, event.resubmittedFrom];"),
    },
  });
  const first = await idIn(await app.send("x", { body: "abc", headers: { "x-a": "1" } }));
  const response = await app.api(`/messages/${first}/resubmit`, { method: "POST" });
  expect(response.status).toBe(202);
  const copy = await app.ended(await idIn(response));
  expect(copy).toMatchObject({ status: "SUCCESS", resubmittedFrom: first, edited: false });
  expect(copy.executions[0]?.result).toEqual(["abc", first]);
  expect(copy.headers).toContainEqual(["x-a", "1"]);
});

test("a resubmission can change headers and body and name functions; it is then marked edited", async () => {
  const app = await shared.with({
    providers,
    functions: {
      one: fn(
        "x",
        "export default (event) => [event.payload, event.headers['x-a'], event.headers['x-b']];",
      ),
      two: fn("x", "export default () => 2;"),
    },
  });
  const first = await idIn(await app.send("x", { body: "abc", headers: { "x-a": "1" } }));
  const body = JSON.stringify({
    functions: ["one"],
    headers: { "x-a": null, "x-b": "2" },
    body: { changed: true },
  });
  const response = await app.api(`/messages/${first}/resubmit`, { ...sync, body });
  expect(response.status).toBe(200);
  const copy = await app.ended(await idIn(response));
  expect(copy.edited).toBe(true);
  expect(copy.executions).toHaveLength(1);
  expect(copy.executions[0]?.result).toEqual([{ changed: true }, null, "2"]);
  for (const [wrong, status] of [
    [{ functions: ["none"] }, 422],
    [{ scripts: "older" }, 400],
    [{ colour: 1 }, 400],
    [null, 400],
    [[], 400],
    ["", 400],
    [0, 400],
  ] as const) {
    const refused = await app.api(`/messages/${first}/resubmit`, {
      method: "POST",
      body: JSON.stringify(wrong),
    });
    expect([wrong, refused.status]).toEqual([wrong, status]);
  }
});

test("a resubmission answers with Hookyard's JSON, whatever response the function sets for its sender", async () => {
  const script =
    "export default (e, ctx) => ctx.respond({ status: 418, headers: { 'set-cookie': 'a=b' }, body: '<b>' });";
  const app = await shared.with({ providers, functions: { teapot: fn("x", script) } });
  const sent = await app.send("x", { headers: { "flex-sync-webhook": "true" } });
  expect([sent.status, sent.headers.get("x-content-type-options")]).toEqual([418, "nosniff"]);
  const { items } = (await (await app.api("/messages")).json()) as { items: { id: string }[] };
  const response = await app.api(`/messages/${items[0]?.id}/resubmit`, sync);
  expect([response.status, response.headers.get("set-cookie")]).toEqual([200, null]);
  expect(await response.json()).toMatchObject({
    status: "SUCCESS",
    functions: [{ name: "teapot", status: "SUCCESS" }],
  });
});

test.each(["application/json", "text/plain", "nonsense"])(
  "a body is downloaded with its own content type, %s",
  async (type) => {
    const app = await shared.with({});
    const id = await idIn(await app.send("x", { body: "{}", headers: { "content-type": type } }));
    const response = await app.api(`/messages/${id}/body`);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("content-disposition")).toMatch(/^attachment/);
  },
);

// Matching this path once took time quadratic in its length, far longer than the timeout of a test.
test("a path of many slashes is matched like any other path", async () => {
  const app = await shared.with({});
  expect((await app.send(`a${"/".repeat(60_000)}x`)).status).toBe(202);
});

test("a few hundred waiting executions do not delay each other", {
  timeout: 60_000,
}, async () => {
  const script = "export default async (event, ctx) => { await ctx.sleep(500); return 1; };";
  const app = await shared.with({
    providers,
    functions: { waits: fn("x", script, { concurrency: 500 }) },
  });
  const ids = await Promise.all(Array.from({ length: 400 }, async () => idIn(await app.send("x"))));
  for (const id of ids) expect((await app.ended(id)).status).toBe("SUCCESS");
});

test("health and readiness need no token", async () => {
  const app = await shared.with({});
  for (const path of ["/healthz", "/readyz"])
    expect((await fetch(`${app.url}${path}`)).status).toBe(200);
});
