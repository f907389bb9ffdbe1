/** Senders sign the configured address. The host in the request does not count. */
import { createHmac } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const SECRET = "a signature key";
const BODY = '{"type":"payment.created","event_id":"1"}';

const start = (environment: Readonly<Record<string, string>>) =>
  startTestApp({
    providers: { square: "shipped" },
    functions: {
      paid: fn("square/paid", "export default (event) => event.url ?? null;\n", {
        provider: "square",
      }),
    },
    environment: { SQUARE_WEBHOOK_SECRET: SECRET, ...environment },
  });

let proxied: Promise<TestApp> | undefined;
const behindProxy = () => (proxied ??= start({ HOOKYARD_TRUST_PROXY: "true" }));
afterAll(async () => {
  await (await proxied)?.[Symbol.asyncDispose]();
});

const signedFor = (url: string) => ({
  "content-type": "application/json",
  "x-forwarded-host": "hooks.example.org",
  "x-square-hmacsha256-signature": createHmac("sha256", SECRET)
    .update(url + BODY)
    .digest("base64"),
});

test("a message signed for the public address is accepted, and functions see that address", async () => {
  await using app = await start({ HOOKYARD_PUBLIC_URL: "https://hooks.example.org/in/" });
  const url = "https://hooks.example.org/in/webhooks/v1/square/paid?shop=%C3%A4&n=1";
  const sent = { headers: signedFor(url), body: BODY };
  const response = await app.send("square/paid?shop=%C3%A4&n=1", sent);
  expect(response.status).toBe(202);
  expect(await app.ended(await idIn(response))).toMatchObject({
    status: "SUCCESS",
    verification: { mode: "enforce", result: "ok" },
    executions: [{ result: url }],
  });
  expect((await app.send("square/paid?shop=%C3%A4&n=2", sent)).status).toBe(401);
  expect((await app.send("square/paid", sent)).status).toBe(401);
});

test("without a public address the message is refused, with any host in the request", async () => {
  await using app = await start({});
  const headers = signedFor(`${app.url}/webhooks/v1/square/paid`);
  const response = await app.send("square/paid", { headers, body: BODY });
  expect(response.status).toBe(401);
  expect(await app.ended(await idIn(response))).toMatchObject({
    verification: { reason: expect.stringMatching(/set HOOKYARD_PUBLIC_URL/) },
  });
});

test.each([
  [
    "proto and host",
    { "x-forwarded-proto": "https", "x-forwarded-host": "hooks.example.org" },
    202,
  ],
  [
    "the entry of the proxy, after one by the sender",
    { "x-forwarded-proto": "http, https", "x-forwarded-host": "evil.example, hooks.example.org" },
    202,
  ],
  [
    "an entry of the sender after that of the proxy",
    { "x-forwarded-proto": "https", "x-forwarded-host": "hooks.example.org, evil.example" },
    401,
  ],
  ["no scheme", { "x-forwarded-host": "hooks.example.org" }, 401],
  ["another scheme", { "x-forwarded-proto": "ftp", "x-forwarded-host": "hooks.example.org" }, 401],
  [
    "a host with a path in it",
    { "x-forwarded-proto": "https", "x-forwarded-host": "hooks.example.org/a" },
    401,
  ],
])("behind a trusted proxy its headers count: %s", async (_what, forwarded, status) => {
  const app = await behindProxy();
  const signed = signedFor("https://hooks.example.org/webhooks/v1/square/paid");
  const { "x-forwarded-host": _, ...headers } = signed;
  const response = await app.send("square/paid", {
    headers: { ...headers, ...forwarded },
    body: BODY,
  });
  expect(response.status).toBe(status);
});

test("behind a trusted proxy the configured address still takes precedence", async () => {
  await using app = await start({
    HOOKYARD_TRUST_PROXY: "true",
    HOOKYARD_PUBLIC_URL: "https://hooks.example.org",
  });
  const headers = {
    ...signedFor("https://hooks.example.org/webhooks/v1/square/paid"),
    "x-forwarded-proto": "https",
    "x-forwarded-host": "other.example",
  };
  expect((await app.send("square/paid", { headers, body: BODY })).status).toBe(202);
});
