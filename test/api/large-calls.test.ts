/** A body of an API call may be as large as a sender's, and only few large bodies are read at once. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rawClient } from "../support/raw-client.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

let app: TestApp;
let id: string;

beforeAll(async () => {
  app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: { echo: fn("x", "export default () => 1;") },
  });
  id = await idIn(await app.send("x", { body: "{}" }));
  await app.ended(id);
});
afterAll(() => app[Symbol.asyncDispose]());

async function post(path: string, body: object, init: RequestInit = {}) {
  const response = await app.api(path, { method: "POST", body: JSON.stringify(body), ...init });
  return { status: response.status, json: await response.json() };
}

const resubmit = (body: object) => post(`/messages/${id}/resubmit`, body);

test("a body of a call has the size limit of a sender's body", async () => {
  const most = 26_214_400;
  const tooLong = "a".repeat(most + 1);
  const detail = `body: found ${most + 1} bytes, expected at most ${most}, which is the limit for senders too`;
  expect(await resubmit({ body: tooLong })).toMatchObject({ status: 422, json: { detail } });
  expect(await post("/test-runs", { function: "echo", request: { body: tooLong } })).toMatchObject({
    status: 422,
    json: { detail: `request.${detail}` },
  });
  expect((await resubmit({ body: tooLong.slice(1) })).status).toBe(202);
});

test.each(["Content-Encoding: gzip\r\nContent-Length: 9", "Content-Length: 1048577"])(
  "only few calls whose body is or may be large (%s) are read at once",
  async (headerLines) => {
    const path = `/api/v1/messages/${id}/resubmit`;
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;
    const begin = () => rawClient(app.url, `${head}${headerLines}\r\n\r\n`);
    const begun = await Promise.all(Array.from({ length: 4 }, begin));
    // Their bodies are still being sent. An earlier call would take the place of one of them.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const encoded = { body: gzipSync("{}"), headers: { "content-encoding": "gzip" } };
    const large = () => post(`/messages/${id}/resubmit`, {}, encoded);
    expect(await large()).toMatchObject({
      status: 429,
      json: { code: "rate_limited" },
    });
    expect((await resubmit({})).status).toBe(202);
    for (const { socket } of begun) socket.destroy();
    await expect.poll(async () => (await large()).status, { timeout: 20_000 }).toBe(202);
  },
);
