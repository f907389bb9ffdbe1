/** Senders that close their writing half, and requests that the parser refuses: each gets an answer. */
import { expect, test } from "vitest";
import { type RawClient, rawClient } from "../support/raw-client.ts";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

const WITHIN = { timeout: 30_000, interval: 20 };
const shared = new SharedApp();
const functions = {
  fast: fn("fast", "export default () => 1;", { sync: true }),
  slow: fn("slow", "export default (event, ctx) => ctx.sleep(200);", { sync: true }),
};
const installed = { providers: { anything: ANYTHING }, functions };

/** Sends the bytes, ends the stream, and waits until the server has closed too. */
async function answerTo(app: TestApp, bytes: string | Buffer): Promise<string> {
  using client = await rawClient(app.url);
  client.socket.end(bytes);
  await expect.poll(client.isClosed, WITHIN).toBe(true);
  return client.received();
}

const post = (path: string, body = "{}", ...headers: readonly string[]) =>
  [
    `POST ${path} HTTP/1.1`,
    "Host: localhost",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    "",
    body,
  ].join("\r\n");

test.each([
  ["an asynchronous one", post("/webhooks/v1/x"), /^HTTP\/1\.1 202 .*"messageId"/s],
  ["a synchronous one", post("/webhooks/v1/fast"), /^HTTP\/1\.1 200 .*"status":"SUCCESS"/s],
  ["one that takes long", post("/webhooks/v1/slow"), /^HTTP\/1\.1 200 .*"status":"SUCCESS"/s],
  [
    "one of two",
    post("/webhooks/v1/slow") + post("/webhooks/v1/fast"),
    /"slow".*HTTP\/1.1 200 .*"fast"/s,
  ],
  [
    "one that waits to send",
    post("/webhooks/v1/fast", "{}", "Expect: 100-continue"),
    /^HTTP\/1\.1 100 .*HTTP\/1\.1 200 /s,
  ],
  ["a probe", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 200 /],
])(
  "a request is answered after its sender has closed the writing half: %s",
  async (_, bytes, answer) => {
    expect(await answerTo(await shared.with(installed), bytes)).toMatch(answer);
  },
);

test("a half-closed connection is closed after its answer, and an idle one at once", async () => {
  const app = await shared.with(installed);
  using idle = await rawClient(app.url);
  using answered = await rawClient(app.url, post("/webhooks/v1/x"));
  await expect.poll(answered.received, WITHIN).toMatch(/^HTTP\/1\.1 202 /);
  expect(answered.isClosed()).toBe(false);
  for (const { socket } of [idle, answered]) socket.end();
  for (const { isClosed } of [idle, answered]) await expect.poll(isClosed, WITHIN).toBe(true);
});

test("a body that ends too early is answered as incomplete, and not stored", async () => {
  const app = await shared.with(installed);
  const answer = await answerTo(app, post("/webhooks/v1/short").replace("th: 2", "th: 9"));
  expect(problemIn(answer)).toMatchObject({ status: 400, code: "incomplete_body" });
  const { items } = (await (await app.api("/messages?uri=short")).json()) as { items: unknown[] };
  expect(items).toEqual([]);
});

test("a client that follows the API and closes its writing half is disconnected", async () => {
  const app = await shared.with(installed);
  using follower = await rawClient(
    app.url,
    `GET /api/v1/messages/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
  );
  await expect.poll(follower.received, WITHIN).toMatch(/^HTTP\/1\.1 200 .*retry:/s);
  follower.socket.end();
  await expect.poll(follower.isClosed, WITHIN).toBe(true);
});

test("half-closed connections that wait for their answer are closed to accept new ones", async () => {
  const max = 10;
  const script = "export default (event, ctx) => ctx.sleep(25_000);";
  await using app = await startTestApp({
    ...installed,
    functions: { stays: fn("stays", script, { sync: true }) },
    environment: { HOOKYARD_MAX_CONNECTIONS: String(max) },
  });
  const waiting: RawClient[] = [];
  for (let n = 0; n < max; n++) {
    const client = await rawClient(app.url);
    client.socket.end(post("/webhooks/v1/stays"));
    waiting.push(client);
  }
  const pending = async () => {
    const response = await app.api("/messages?uri=stays&status=PENDING");
    return ((await response.json()) as { items: unknown[] }).items.length;
  };
  await expect.poll(pending, WITHIN).toBeGreaterThan(0);
  const init = { method: "POST", headers: { connection: "close" } };
  for (let n = 0; n < 3; n++)
    expect((await fetch(`${app.url}/webhooks/v1/x`, init)).status).toBe(202);
  const closed = () => waiting.filter((one) => one.isClosed());
  await expect.poll(() => closed().length, WITHIN).toBeGreaterThan(0);
  for (const { received } of closed()) expect(received()).toBe("");
});

function problemIn(answer: string): unknown {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect(head).toMatch(/content-type: application\/problem\+json/i);
  return JSON.parse(body);
}

const request = (line: string, ...headers: readonly string[]) =>
  Buffer.from([line, "Host: a", "Content-Length: 0", ...headers, "", ""].join("\r\n"));

test.each([
  ["UTF-8 in the path", request("POST /webhooks/v1/café HTTP/1.1"), 400, "malformed_path"],
  ["UTF-8 in the query", request("POST /webhooks/v1/x?a=☃ HTTP/1.1"), 400, "malformed_path"],
  [
    "Latin-1 in the path",
    Buffer.from("GET /caf\xe9 HTTP/1.1\r\nHost: a\r\n\r\n", "latin1"),
    400,
    "malformed_path",
  ],
  [
    "a malformed escape",
    request("POST /webhooks/v1/%ff HTTP/1.1", "Connection: close"),
    400,
    "malformed_path",
  ],
  ["a space in the path", request("POST /webhooks/v1/a b HTTP/1.1"), 400, "bad_request"],
  ["an unknown method", request("FLY /webhooks/v1/x HTTP/1.1"), 400, "bad_request"],
  [
    "a space in a header's name",
    request("POST /webhooks/v1/x HTTP/1.1", "X A: b"),
    400,
    "bad_request",
  ],
  ["two lengths", request("POST /webhooks/v1/x HTTP/1.1", "Content-Length: 1"), 400, "bad_request"],
  [
    "a malformed chunk",
    "POST /webhooks/v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    400,
    "bad_request",
  ],
  ["no host", "POST /webhooks/v1/x HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400, "bad_request"],
  [
    "an unknown expectation",
    request("POST /webhooks/v1/x HTTP/1.1", "Expect: a-miracle"),
    417,
    "expectation_failed",
  ],
  [
    "headers beyond the limit",
    request("POST /webhooks/v1/x HTTP/1.1", `X: ${"a".repeat(70_000)}`),
    431,
    "too_many_headers",
  ],
  [
    "TLS",
    Buffer.from("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "latin1"),
    400,
    "bad_request",
  ],
])("a request with %s is answered with problem details", async (_, bytes, status, code) => {
  const app = await shared.with(installed);
  for (const isHalfClosed of [true, false]) {
    using client = await rawClient(app.url, isHalfClosed ? "" : bytes);
    if (isHalfClosed) client.socket.end(bytes);
    await expect.poll(client.isClosed, WITHIN).toBe(true);
    const answer = client.received();
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} \\w`));
    expect(problemIn(answer)).toMatchObject({ status, code, type: `urn:hookyard:error:${code}` });
  }
});

test("a request without a Host header is accepted from a client of HTTP/1.0", async () => {
  const bytes = "POST /webhooks/v1/fast HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}";
  expect(await answerTo(await shared.with(installed), bytes)).toMatch(/^HTTP\/1\.1 200 /);
});

test.each([
  ["a body longer than its length", `${post("/webhooks/v1/slow")}{}`],
  ["noise behind it", `${post("/webhooks/v1/slow")}\u0000\u0001\u0002`],
  ["a head that ends in the middle", `${post("/webhooks/v1/slow")}POST / HT`],
])("a stored message gets its own answer before that of invalid bytes: %s", async (_, bytes) => {
  const app = await shared.with(installed);
  expect(await answerTo(app, bytes)).toMatch(/^HTTP\/1\.1 200 .*"status":"SUCCESS"/s);
});

test("a request that cannot be parsed does not disturb the answer before it", async () => {
  const bytes = `${post("/webhooks/v1/x")}POST /é HTTP/1.1\r\n\r\n`;
  const answer = await answerTo(await shared.with(installed), bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 (?:202|400) /);
  expect(problemIn(answer.slice(answer.lastIndexOf("HTTP/1.1 ")))).toMatchObject({
    code: "malformed_path",
  });
});
