/** `ctx.http.fetch` in a script: its results, its errors, and the hosts that it may not reach. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, idIn } from "../support/test-app.ts";

const shared = new SharedApp();
const providers = { anything: ANYTHING };
const BYTES = Buffer.from([0, 1, 127, 128, 200, 255, 0xc3, 0xa4, 0xf0, 0x9f, 0x98, 0x80]);

let neverAnswered = 0;

/** A server that answers with the request it received. */
const server: Server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const path = request.url ?? "";
    if (path === "/bytes") response.end(BYTES);
    else if (path === "/never") {
      neverAnswered += 1;
      response.write("a");
    } else if (path === "/redirect") response.writeHead(302, { location: "http://[::1]:1/" }).end();
    else {
      const { method, headers } = request;
      response.setHeader("content-type", "application/json");
      response.writeHead(path.startsWith("/missing") ? 404 : 200);
      const body = Buffer.concat(chunks).toString("base64");
      response.end(JSON.stringify({ method, path, headers, body }));
    }
  });
});
let origin = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function run(code: string, limits: object = {}) {
  const http = { allow: [origin, "http://[::1]:1"], privateNetworks: ["127.0.0.0/8"] };
  const script = `export default async (event, ctx) => {\n${code}\n};`;
  const app = await shared.with({
    providers,
    functions: { one: fn("x", script, { http, ...limits }) },
  });
  const body = JSON.stringify({ origin });
  const response = await app.send("x", { headers: { "flex-sync-webhook": "true" }, body });
  const [execution] = (await app.ended(await idIn(response))).executions;
  return execution;
}

test("an answer is read like one of the standard fetch", async () => {
  const execution = await run(`
    const response = await ctx.http.fetch(event.payload.origin + "/missing?a=1", {
      method: "put",
      headers: { "X-Own": "yes" },
      body: JSON.stringify({ a: "ä" }),
    });
    const json = await response.json();
    return { status: response.status, ok: response.ok, type: response.headers.get("Content-Type"),
      method: json.method, path: json.path, own: json.headers["x-own"], body: atob(json.body) === '{"a":"' + "\\u00c3\\u00a4" + '"}',
      again: (await response.text()).length > 0, url: response.url.endsWith("/missing?a=1") };
  `);
  expect(execution).toMatchObject({
    status: "SUCCESS",
    result: {
      status: 404,
      ok: false,
      type: "application/json",
      method: "PUT",
      path: "/missing?a=1",
      own: "yes",
      body: true,
      again: true,
      url: true,
    },
  });
});

test("bytes arrive as they were sent, both ways", async () => {
  const execution = await run(`
    const bytes = await (await ctx.http.fetch(event.payload.origin + "/bytes")).bytes();
    const echo = await ctx.http.fetch(event.payload.origin + "/", { method: "POST", body: bytes });
    return { list: [...bytes], echo: (await echo.json()).body };
  `);
  expect(execution?.result).toEqual({ list: [...BYTES], echo: BYTES.toString("base64") });
});

test("form fields are sent as a form", async () => {
  const execution = await run(`
    const body = new URLSearchParams({ a: "1 2", b: "ä" });
    const json = await (await ctx.http.fetch(event.payload.origin + "/", { method: "POST", body })).json();
    return [json.headers["content-type"], atob(json.body)];
  `);
  expect(execution?.result).toEqual([
    "application/x-www-form-urlencoded;charset=UTF-8",
    "a=1+2&b=%C3%A4",
  ]);
});

test("a host that is not allowed is refused at the line of the script, and the error names the field to change", async () => {
  const execution = await run(`\n    await ctx.http.fetch("https://example.org/");`);
  expect(execution).toMatchObject({
    status: "FAILED",
    error: { kind: "EGRESS_DENIED", line: 3, message: expect.stringContaining("http.allow") },
  });
});

test("a refusal can be caught, and a redirect to a private address is refused", async () => {
  const execution = await run(`
    try { await ctx.http.fetch(event.payload.origin + "/redirect"); }
    catch (error) { return [error.name, error instanceof Error, error.message.includes("privateNetworks")]; }
  `);
  expect(execution).toMatchObject({ status: "SUCCESS", result: ["EgressDenied", true, true] });
});

test("a call that takes too long fails alone, and a script can abort a call", async () => {
  const execution = await run(`
    const names = [];
    try { await ctx.http.fetch(event.payload.origin + "/never", { timeoutMs: 100 }); }
    catch (error) { names.push(error.name); }
    const controller = new AbortController();
    const call = ctx.http.fetch(event.payload.origin + "/never", { signal: controller.signal });
    await ctx.sleep(50);
    controller.abort(new Error("enough"));
    try { await call; } catch (error) { names.push(error.message); }
    return names;
  `);
  expect(execution).toMatchObject({ status: "SUCCESS", result: ["TimeoutError", "enough"] });
});

test("a run that ends aborts the calls that it did not wait for", async () => {
  const before = await connections();
  const unansweredBefore = neverAnswered;
  const execution = await run(`
    ctx.http.fetch(event.payload.origin + "/never").catch(() => {});
    await ctx.sleep(100);
    return "done";
  `);
  expect(execution).toMatchObject({ status: "SUCCESS", result: "done" });
  expect(neverAnswered).toBe(unansweredBefore + 1);
  // There are fewer if the call used an open connection.
  await expect.poll(connections).toBeLessThanOrEqual(before);
});

const connections = () =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

test.each([
  ["a body that is an object", "{ method: 'POST', body: { a: 1 } }", "JSON.stringify"],
  ["an unknown redirect mode", "{ redirect: 'sometimes' }", "follow, manual, error"],
  ["a timeout that is no number", "{ timeoutMs: 'soon' }", "a number"],
  ["a method that could be anything", "{ method: 'CONNECT' }", "CONNECT"],
])("%s is refused with what was expected", async (_, init, text) => {
  const execution = await run(`await ctx.http.fetch(event.payload.origin, ${init});`);
  expect(execution?.error).toMatchObject({
    kind: "SCRIPT_ERROR",
    message: expect.stringContaining(text),
  });
});
