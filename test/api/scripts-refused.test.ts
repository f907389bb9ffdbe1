/** Definitions that the API refuses, each with its problem. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/test-app.ts";
import { call, FUNCTION, PROVIDER } from "./acme.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

test.each([
  ["POST /providers", { ...PROVIDER, name: "Acme Inc" }, 400, /lower-case letters/],
  ["POST /providers", { ...PROVIDER, colour: "red" }, 400, /colour/],
  ["POST /providers", { name: "x", priority: 1 }, 400, /script/],
  ["POST /providers", { ...PROVIDER, verification: "enforce" }, 422, /exports no verify/],
  ["POST /functions", { ...FUNCTION, provider: "none" }, 422, /no provider "none"/],
  ["POST /functions", { ...FUNCTION, http: { allow: ["ftp://x"] } }, 400, /only https and http/],
  ["POST /functions", { ...FUNCTION, http: { allow: ["a:99999"] } }, 422, /no usable port/],
  ["POST /functions", { ...FUNCTION, http: { privateNetworks: ["x"] } }, 400, /not a block/],
  ["POST /functions", { ...FUNCTION, http: { privateNetworks: ["8.8.8.0/24"] } }, 422, /private/],
  ["POST /functions", { ...FUNCTION, uri: "a/" }, 400, /no slash at its start or end/],
  ["POST /functions", { ...FUNCTION, uri: "**/a" }, 422, /only be the last segment/],
  ["GET /providers/none", undefined, 404, /GET \/api\/v1\/providers lists/],
  ["PATCH /providers/none", {}, 404, /there is no provider "none"/],
  ["GET /functions/none/versions", undefined, 404, /there is no function/],
])("%s with %j is refused: %d", async (what, body, status, detail) => {
  const answer = await call(app, what, body);
  expect(answer.status).toBe(status);
  expect(answer.json.detail).toMatch(detail);
});
