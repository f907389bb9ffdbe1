/** Which headers of a script's answer reach the sender. */
import { expect, test } from "vitest";
import { checkAnswer } from "../../src/model/answer-headers.ts";
import { rawClient } from "../support/raw-client.ts";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, type MessageView, type TestApp } from "../support/test-app.ts";

const shared = new SharedApp();

/** A server with a function at `in` that runs `script` with `ctx`. */
const answering = (script: string) =>
  shared.with({
    providers: { anything: ANYTHING },
    functions: {
      answer: fn("in", `export default (event, ctx) => {\n${script}\n};`, { sync: true }),
    },
  });

/** The received head, in lower case, and the body. */
async function ask(app: TestApp, body = "") {
  const bytes = Buffer.byteLength(body);
  using client = await rawClient(
    app.url,
    `POST /webhooks/v1/in HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${bytes}\r\n\r\n${body}`,
  );
  await expect.poll(client.isClosed).toBe(true);
  const [head = "", ...rest] = client.received().split("\r\n\r\n");
  const lines = head.toLowerCase().split("\r\n");
  const valuesOf = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  return { status: Number(head.split(" ")[1]), valuesOf, body: rest.join("\r\n\r\n") };
}

async function last(app: TestApp): Promise<MessageView> {
  const { items } = (await (await app.api("/messages?limit=1")).json()) as {
    items: { id: string }[];
  };
  return await app.ended(items[0]?.id ?? "");
}

const warningsIn = (message: MessageView) =>
  message.executions.flatMap(({ logs }) =>
    logs.filter(({ level }) => level === "warn").map(({ text }) => text),
  );

/** Each family of the table is represented by a name that the table does not list alone. */
const DROPPED = [
  ["Connection", "upgrade"],
  ["Keep-Alive", "timeout=9999"],
  ["Proxy-Authenticate", "Basic"],
  ["Trailer", "x-a"],
  ["Transfer-Encoding", "chunked"],
  ["Upgrade", "h2c"],
  ["Content-Length", "1"],
  ["Date", "now"],
  ["Status", "200"],
  ["Service-Worker-Allowed", "/"],
  ["Clear-Site-Data", '"*"'],
  ["Strict-Transport-Security", "max-age=31536000; includeSubDomains"],
  ["Public-Key-Pins-Report-Only", "x"],
  ["Content-Security-Policy", "default-src *"],
  ["Content-Security-Policy-Report-Only", "default-src *; report-uri https://e.example"],
  ["X-Content-Type-Options", "none"],
  ["X-WebKit-CSP", "x"],
  ["Access-Control-Allow-Credentials", "true"],
  ["Access-Control-Allow-Private-Network", "true"],
  ["Alt-Svc", 'h3="evil.example:443"'],
  ["NEL", '{"report_to":"a"}'],
  ["Report-To", "{}"],
  ["Reporting-Endpoints", 'a="https://e.example"'],
  ["Refresh", "0; url=https://e.example"],
  ["Origin-Agent-Cluster", "?1"],
  ["Origin-Trial", "x"],
  ["Accept-CH", "Sec-CH-UA-Model"],
  ["Cross-Origin-Opener-Policy", "unsafe-none"],
  ["Cross-Origin-Resource-Policy", "cross-origin"],
  ["Permissions-Policy", "geolocation=*"],
  ["Speculation-Rules", '"/rules.json"'],
  ["Set-Login", "logged-out"],
  ["Use-As-Dictionary", 'match="/*"'],
  ["Sec-Session-Registration", "x"],
  ["X-Permitted-Cross-Domain-Policies", "all"],
  ["X-Accel-Redirect", "/etc/passwd"],
  ["X-ACCEL-Buffering", "no"],
  ["x-accel-expires", "99999"],
  ["X-Sendfile", "/etc/passwd"],
  ["X-Sendfile2", "/etc/passwd 0-"],
  ["X-LIGHTTPD-send-file", "/etc/passwd"],
  ["X-Reproxy-URL", "http://169.254.169.254/"],
  ["X-LiteSpeed-Location", "/api/v1"],
  ["X-LiteSpeed-Purge", "*"],
  ["X-Envoy-Immediate-Health-Check-Fail", "1"],
  ["Surrogate-Control", "max-age=99999"],
  ["CDN-Cache-Control", "max-age=99999"],
] as const;

const KEPT = [
  ["X-Own", "1"],
  ["WebHook-Allowed-Rate", "120"],
  ["X-Hook-Secret", "abc"],
  ["Content-Type", "text/html"],
  ["Cache-Control", "no-store"],
  ["Access-Control-Allow-Origin", "https://app.example"],
  ["Link", '<https://hub.example/>; rel="hub"'],
  ["WWW-Authenticate", "Bearer"],
  ["Retry-After", "5"],
  ["ETag", '"1"'],
] as const;

test("a scripted answer sends only headers about the answer itself, and the log names the dropped ones", async () => {
  const headers = JSON.stringify(Object.fromEntries([...DROPPED, ...KEPT]));
  const app = await answering(`ctx.respond({ body: "whole", headers: ${headers} });`);
  const answer = await ask(app);
  expect([answer.status, answer.body]).toEqual([200, "whole"]);
  for (const [name, value] of KEPT)
    expect(answer.valuesOf(name.toLowerCase()), name).toEqual([value.toLowerCase()]);
  for (const [name, value] of DROPPED)
    expect(answer.valuesOf(name.toLowerCase()), name).not.toContain(value.toLowerCase());
  expect(answer.valuesOf("x-content-type-options")).toEqual(["nosniff"]);
  expect(answer.valuesOf("content-security-policy")).toEqual(["sandbox"]);
  const warnings = warningsIn(await last(app));
  expect(warnings).toContain(
    "ctx.respond: a header is not sent: service-worker-* sets a policy for the whole origin of this server",
  );
  expect(warnings).toContain(
    "ctx.respond: a header is not sent: x-accel-* gives orders to the proxy before this server",
  );
  expect(warnings.length).toBeLessThanOrEqual(DROPPED.length);
});

test.each(DROPPED)("%s is dropped in every letter case, alone or in a list", (name, value) => {
  for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
    for (const given of [value, [value, value]]) {
      const answer = { status: 200, headers: { [spelling]: given }, body: "" };
      expect(checkAnswer(answer).response.headers).toEqual({});
      expect(checkAnswer(answer).problems).toHaveLength(1);
    }
  }
});

test("the warning about dropped headers quotes no text of the script", () => {
  const headers = { "x-accel-a-secret": "1", "bad name": "a-secret", "x-a": "a-secret\r\nx: y" };
  const { response, problems } = checkAnswer({ status: 200, headers, body: "" });
  expect(response.headers).toEqual({});
  expect(problems).toHaveLength(3);
  expect(problems.join()).not.toContain("a-secret");
});

test.each([
  [200, false],
  [201, true],
  [202, false],
  [301, true],
  [302, true],
  [308, true],
  [400, false],
])("the location of an answer of status %i is kept: %s", async (status, isKept) => {
  const app = await answering(
    `ctx.respond({ status: ${status}, headers: { Location: "https://elsewhere.example/a" } });`,
  );
  const answer = await ask(app);
  expect(answer.status).toBe(status);
  const own = [expect.stringMatching(/^\/api\/v1\/messages\//)];
  expect(answer.valuesOf("location")).toEqual(isKept ? ["https://elsewhere.example/a"] : own);
  expect(warningsIn(await last(app))).toHaveLength(isKept ? 0 : 1);
});

test("a redirect without a location does not lead to the API", async () => {
  const answer = await ask(await answering("ctx.respond({ status: 302 });"));
  expect([answer.status, answer.valuesOf("location")]).toEqual([302, []]);
});

test.each([
  ["a list", '{ "set-cookie": ["a=1; Path=/x", "b=2, 3"], "x-n": 5 }'],
  ["pairs", '[["Set-Cookie", "a=1; Path=/x"], ["set-cookie", "b=2, 3"], ["x-n", 5]]'],
  [
    "Headers",
    '(() => { const h = new Headers({ "x-n": 5 }); h.append("set-cookie", "a=1; Path=/x"); h.append("Set-Cookie", "b=2, 3"); return h; })()',
  ],
])("headers given as %s keep what is repeated", async (_, headers) => {
  const answer = await ask(await answering(`ctx.respond({ headers: ${headers} });`));
  expect(answer.valuesOf("set-cookie")).toEqual(["a=1; path=/x", "b=2, 3"]);
  expect(answer.valuesOf("x-n")).toEqual(["5"]);
});

test.each([
  ["hookyard_session=1"],
  ["HOOKYARD=1; Path=/"],
  ["__Host-hookyard_session=1"],
  ["__secure-Hookyard=1"],
  ["=hookyard_session=1"],
  [" = hookyard_session=1"],
  ["hookyard_session"],
])("a cookie %j, like this server's own, is not set; the others are", (cookie) => {
  const headers = { "set-cookie": [cookie, "a=hookyard"] };
  const { response, problems } = checkAnswer({ status: 200, headers, body: "" });
  expect(response.headers).toEqual({ "set-cookie": ["a=hookyard"] });
  expect(problems).toHaveLength(1);
});

const BYTES = "[0, 255, 254, 128, 65]";
test.each([
  ["bytes", `new Uint8Array(${BYTES})`],
  ["an ArrayBuffer", `new Uint8Array(${BYTES}).buffer`],
  ["a view of more", `new Uint8Array([9, ...${BYTES}, 9]).subarray(1, 6)`],
  ["a DataView", `new DataView(new Uint8Array(${BYTES}).buffer)`],
])("a body given as %s is sent as these bytes", async (_, body) => {
  const answer = await ask(await answering(`ctx.respond({ body: ${body} });`));
  expect([...Buffer.from(answer.body, "latin1")]).toEqual([0, 255, 254, 128, 65]);
  expect(answer.valuesOf("content-type")).toEqual(["application/octet-stream"]);
  expect(answer.valuesOf("content-length")).toEqual(["5"]);
});

test("an answer with the received body has the same bytes, and a form stays a form", async () => {
  const app = await answering("ctx.respond({ body: event.rawBody });");
  const response = await app.send("in", { body: Buffer.from([0xff, 0xfe, 0x41, 0xc3]) });
  expect([...Buffer.from(await response.arrayBuffer())]).toEqual([0xff, 0xfe, 0x41, 0xc3]);
  const halves = await ask(await answering('ctx.respond({ body: "a\\ud83db\\udfff" });'));
  expect(Buffer.from(halves.body, "latin1").toString()).toBe("a\ufffdb\ufffd");
  const form = await ask(
    await answering('ctx.respond({ body: new URLSearchParams({ a: "1 2", b: "&" }) });'),
  );
  expect(form.body).toBe("a=1+2&b=%26");
  expect(form.valuesOf("content-type")[0]).toMatch(/^application\/x-www-form-urlencoded/);
});

test.each([
  ["undefined", '{ "x-a": undefined }', /"x-a" is of type undefined/],
  ["null", '{ "x-a": null }', /"x-a" is of type null/],
  ["an object", '{ "x-a": { b: 1 } }', /"x-a" is of type object/],
  ["a function", '{ "x-a": () => 1 }', /"x-a" is of type function/],
  ["an unusable item of a list", '{ "set-cookie": ["a=1", undefined] }', /"set-cookie" is of type/],
  ["a line break", '{ "x-a": "b\\r\\nset-cookie: c=1" }', /NUL, CR or LF/],
  ["a character past U+00FF", '{ "x-a": "\\u2603" }', /past U\+00FF/],
  ["a name with a space", '{ "x a": "1" }', /not a header name/],
  ["what is no pair", '[["x-a", "1", "2"]]', /\[name, value\]/],
])("%s in headers is an error at its line", async (_, headers, message) => {
  const app = await answering(`const headers = ${headers};\nctx.respond({ headers });`);
  expect((await ask(app)).status).toBe(500);
  const { executions } = await last(app);
  expect(executions[0]?.error).toMatchObject({
    kind: "SCRIPT_ERROR",
    name: "TypeError",
    message: expect.stringMatching(message),
    line: 3,
  });
});

test.each([
  ["ASCII", '"x".repeat(262144)', 200],
  ["one more", '"x".repeat(262145)', 500],
  ["two bytes each", '"é".repeat(131073)', 500],
  ["three bytes each", '"\\u4e2d".repeat(87382)', 500],
  ["bytes", "new Uint8Array(262144)", 200],
  ["one more byte", "new Uint8Array(262145)", 500],
])("the limit of an answer's body counts bytes: %s", async (_, body, status) => {
  const app = await answering(`ctx.respond({ body: ${body} });`);
  expect((await ask(app)).status).toBe(status);
  if (status === 500) expect((await last(app)).executions[0]?.error?.kind).toBe("OUTPUT_LIMIT");
});

test("a handshake follows the same rules, and its trace names the dropped headers", async () => {
  const app = await shared.with({
    providers: {
      anything: {
        json: { priority: 1 },
        script: `export default () => true;
          export const handshake = () => ({
            status: 200, body: new Uint8Array([1, 200]),
            headers: { "Clear-Site-Data": '"*"', "set-cookie": ["a=1", "b=2"], "x-own": "1" },
          });`,
      },
    },
  });
  const answer = await ask(app);
  expect([...Buffer.from(answer.body, "latin1")]).toEqual([1, 200]);
  expect(answer.valuesOf("clear-site-data")).toEqual([]);
  expect(answer.valuesOf("set-cookie")).toEqual(["a=1", "b=2"]);
  expect(answer.valuesOf("x-own")).toEqual(["1"]);
  expect(answer.valuesOf("content-security-policy")).toEqual(["sandbox"]);
  const { status, trace } = await last(app);
  expect(status).toBe("HANDSHAKE");
  expect(trace[0]?.logs?.map(({ text }) => text)).toEqual([
    "handshake: a header is not sent: clear-site-data sets a policy for the whole origin of this server",
  ]);
});
