// biome-ignore-all lint/style/noExcessiveLinesPerFile: one table of bodies beside the next; a second file would repeat the head.
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const KEY = "a key";
const LIMIT = 25 * 1024 * 1024;
const SLOW = { timeout: 60_000 };
const JSON_TYPE = { "content-type": "application/json" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };

const macOf = (bytes: Buffer) => createHmac("sha256", KEY).update(bytes).digest("hex");
const TELL = `export default (event, ctx) => ({
  payload: event.payload,
  type: typeof event.payload,
  mac: ctx.crypto.hmac("sha256", "${KEY}", event.rawBody),
});`;

const shared = new SharedApp();

const tells = { providers: { anything: ANYTHING }, functions: { tell: fn("in", TELL) } };
const telling = () => shared.with(tells);
const limitedTo = (bytes: number) =>
  startTestApp({ ...tells, environment: { HOOKYARD_MAX_BODY_BYTES: String(bytes) } });

type Headers = Readonly<Record<string, string>>;

/** Sends a body, checks that the log holds the exact bytes, and returns the input of the function. */
async function seenBody(app: TestApp, body: Buffer, headers: Headers = {}) {
  const id = await idIn(await app.send("in", { body: new Uint8Array(body), headers }));
  const message = await app.ended(id);
  expect(message.status).toBe("SUCCESS");
  const kept = Buffer.from(await (await app.api(`/messages/${id}/body`)).arrayBuffer());
  expect(kept.equals(body), `the kept bytes of ${body.toString("latin1", 0, 40)}`).toBe(true);
  const seen = message.executions[0]?.result as { payload: unknown; type: string; mac: string };
  expect(seen.mac).toBe(macOf(body));
  return seen;
}

const bodyOf = async (app: TestApp, id: string) =>
  Buffer.from(await (await app.api(`/messages/${id}/body`)).arrayBuffer());

const stored = async (app: TestApp) =>
  ((await (await app.api("/messages?limit=200")).json()) as { items: { id: string }[] }).items;

interface Answered {
  readonly status: number;
  readonly type: string | undefined;
  readonly location: string | undefined;
  readonly text: string;
}

/** Sends a request that `fetch` cannot send: any method with a body, any header list, chunks or a length. */
async function sendRaw(
  app: TestApp,
  method: string,
  headers: readonly string[],
  chunks: readonly Buffer[],
): Promise<Answered> {
  const url = `${app.url}/webhooks/v1/in`;
  const request = httpRequest(url, { method, headers: ["host", "127.0.0.1", ...headers] });
  for (const chunk of chunks) request.write(chunk);
  request.end();
  const [response] = await once(request, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  const { "content-type": type, location } = response.headers;
  return { status: response.statusCode, type, location, text };
}

const idFrom = ({ location }: Answered) => location?.split("/").at(-1) ?? "";

const PAYLOADS: readonly (readonly [what: string, body: string, Headers, payload: unknown])[] = [
  ["an empty body is empty text", "", {}, ""],
  ["an empty body labelled JSON is empty text", "", JSON_TYPE, ""],
  ["text is text", "hello", { "content-type": "text/plain" }, "hello"],
  ["JSON is parsed", '{"a":[1,null]}', JSON_TYPE, { a: [1, null] }],
  ["a JSON scalar is a value when it is labelled so", "42", JSON_TYPE, 42],
  ["a number without a label is text", "42", { "content-type": "text/plain" }, "42"],
  ["JSON without a label is parsed", ' [{"a":1}]', { "content-type": "text/plain" }, [{ a: 1 }]],
  ["JSON of a vendor type", '{"a":1}', { "content-type": "application/vnd.x+json" }, { a: 1 }],
  ["JSON labelled as a form", '{"a":"b=c"}', FORM, { a: "b=c" }],
  ["broken JSON is its text", '{"a":', JSON_TYPE, '{"a":'],
  ["JSON after a byte order mark is parsed", '\uFEFF{"a":"é"}', JSON_TYPE, { a: "é" }],
  ["XML is its text", "<a><b/></a>", { "content-type": "application/xml" }, "<a><b/></a>"],
  ["a form is its fields", "a=1&b=x+y%21&c", FORM, { a: "1", b: "x y!", c: "" }],
  ["repeated form fields are an array", "a=1&a=2&a=3", FORM, { a: ["1", "2", "3"] }],
  ["a form of nothing but payload is that JSON", "payload=%7B%22a%22%3A1%7D", FORM, { a: 1 }],
  [
    "payload beside other form fields is parsed in place",
    "payload=%7B%22a%22%3A1%7D&token=t",
    FORM,
    { payload: { a: 1 }, token: "t" },
  ],
  ["a payload field that is no JSON stays text", "payload=hi", FORM, { payload: "hi" }],
  ["a broken escape in a form stays text", "a=%zz", FORM, { a: "%zz" }],
  [
    "broken multipart is its text",
    '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n{1}\r\n--x\r\n',
    { "content-type": "multipart/form-data; boundary=x" },
    '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n{1}\r\n--x\r\n',
  ],
];

test("the payload is parsed by content type and content", async () => {
  const app = await telling();
  for (const [what, body, headers, payload] of PAYLOADS) {
    expect((await seenBody(app, Buffer.from(body), headers)).payload, what).toEqual(payload);
  }
});

const TRAPS: readonly (readonly [body: string, Headers])[] = [
  ['{"__proto__":{"bad":1},"constructor":{"prototype":{"bad":1}}}', JSON_TYPE],
  ["__proto__=1&__proto__=2&constructor=3&toString=4", FORM],
  ["payload=%7B%22__proto__%22%3A%7B%22bad%22%3A1%7D%7D", FORM],
  ["a=1&__proto__=3&payload=%7B%22__proto__%22%3A1%7D", FORM],
];

test("keys like __proto__ in JSON and in forms stay plain data", async () => {
  const script = `export default ({ payload }) => ({
    own: Object.hasOwn(payload, "__proto__"),
    plain: Object.getPrototypeOf(payload) === Object.prototype,
    clean: ({}).bad === undefined && typeof ({}).toString === "function",
  });`;
  const app = await shared.with({
    providers: { anything: ANYTHING },
    functions: { look: fn("in", script) },
  });
  for (const [body, headers] of TRAPS) {
    const message = await app.ended(await idIn(await app.send("in", { body, headers })));
    const right = { own: true, plain: true, clean: true };
    expect(message.executions[0]?.result, body).toEqual(right);
  }
});

const BINARIES: readonly (readonly [what: string, bytes: Buffer])[] = [
  ["all 256 byte values", Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ["all byte values backwards", Buffer.from(Array.from({ length: 256 }, (_, at) => 255 - at))],
  ["cut UTF-8 sequences", Buffer.from([0xf0, 0x9f, 0x98, 0x41, 0xc3, 0xe2, 0x82])],
  ["UTF-8 of surrogates", Buffer.from([0xed, 0xa0, 0x80, 0xed, 0xb2, 0x80])],
  ["overlong and too large UTF-8", Buffer.from([0xc0, 0x80, 0xf4, 0x90, 0x80, 0x80])],
  ["emoji between broken bytes", Buffer.from("ff41f09f9880fff09f92a980", "hex")],
  ["a UTF-16 text", Buffer.from("\uFEFFgrüße", "utf16le")],
  ["64 KiB of noise", randomBytes(65_536)],
];

test("binary bodies are stored and signed exactly", async () => {
  const app = await telling();
  for (const [what, bytes] of BINARIES)
    expect(await seenBody(app, bytes), what).toMatchObject({ type: "string" });
});

test("the signature of a binary body is verified on its bytes", async () => {
  const verify = `export default () => true;
    export const verify = (event, ctx) => ctx.verify.hmac({ secret: "${KEY}", header: "x-mac" });`;
  const app = await shared.with({
    providers: { anything: { json: { priority: 1, verification: "enforce" }, script: verify } },
    functions: { tell: fn("in", TELL) },
  });
  const body = randomBytes(5000);
  const right = await app.send("in", { body, headers: { "x-mac": macOf(body) } });
  expect(right.status).toBe(202);
  const wrong = await app.send("in", { body, headers: { "x-mac": macOf(body.subarray(1)) } });
  expect(wrong.status).toBe(401);
});

const ENCODINGS: readonly (readonly [encoding: string, (bytes: Buffer) => Buffer])[] = [
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["GZIP", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
  ["gzip, br", (bytes) => brotliCompressSync(gzipSync(bytes))],
  ["identity", (bytes) => bytes],
];

test("encoded JSON is decoded for scripts and stored as received", async () => {
  const app = await telling();
  for (const [encoding, encode] of ENCODINGS) {
    const body = encode(Buffer.from('{"text":"grüße"}'));
    const seen = await seenBody(app, body, { ...JSON_TYPE, "content-encoding": encoding });
    expect(seen.payload, encoding).toEqual({ text: "grüße" });
  }
});

const UNDECODABLE: readonly (readonly [what: string, encoding: string, body: Buffer])[] = [
  ["a cut gzip", "gzip", gzipSync("x".repeat(500)).subarray(0, 20)],
  [
    "a gzip with a wrong checksum",
    "gzip",
    Buffer.concat([gzipSync('{"a":1}').subarray(0, -8), Buffer.alloc(8)]),
  ],
  ["no gzip at all", "gzip", Buffer.from("not gzip")],
  ["a cut zstd", "zstd", zstdCompressSync(randomBytes(100)).subarray(0, 50)],
  ["an unknown encoding", "lzma", Buffer.from("whatever")],
  ["too many encodings", "gzip,gzip,gzip,gzip", gzipSync("x")],
];

test("scripts get an undecodable body as received", async () => {
  const app = await telling();
  for (const [what, encoding, body] of UNDECODABLE) {
    const seen = await seenBody(app, body, { ...JSON_TYPE, "content-encoding": encoding });
    expect(seen.type, what).toBe("string");
  }
});

test("a body that is larger than the limit once it is decoded is refused with 413 and not stored", async () => {
  await using app = await limitedTo(100_000);
  const nested = (bytes: Buffer) => gzipSync(brotliCompressSync(gzipSync(bytes)));
  const all = [
    ...ENCODINGS.filter(([name]) => name !== "identity"),
    ["gzip,br,gzip", nested] as const,
  ];
  for (const [encoding, encode] of all) {
    const headers = { ...JSON_TYPE, "content-encoding": encoding };
    const fitting = encode(Buffer.from(`"${"0".repeat(99_998)}"`));
    expect((await seenBody(app, fitting, headers)).payload, encoding).toHaveLength(99_998);
    const body = new Uint8Array(encode(Buffer.from(`"${"0".repeat(99_999)}"`)));
    const refused = await app.send("in", { body, headers });
    expect(refused.status, encoding).toBe(413);
    const detail = expect.stringMatching(
      /more than 100000 bytes once its content-encoding is decoded/,
    );
    expect(await refused.json(), encoding).toMatchObject({ code: "body_too_large", detail });
  }
  expect(await stored(app)).toHaveLength(all.length);
});

test("a message that was accepted under a higher limit is resubmitted with its bytes as received", async () => {
  const folder = tempFolder().path;
  const scripts = {
    providers: { anything: ANYTHING },
    functions: { tell: fn("in", TELL) },
    folder,
  };
  const body = gzipSync(Buffer.from(`"${"0".repeat(200_000)}"`));
  const headers = { ...JSON_TYPE, "content-encoding": "gzip" };
  try {
    let id: string;
    {
      await using app = await startTestApp(scripts);
      id = await idIn(await app.send("in", { body: new Uint8Array(body), headers }));
      expect((await app.ended(id)).status).toBe("SUCCESS");
    }
    const environment = { HOOKYARD_MAX_BODY_BYTES: "100000" };
    await using app = await startTestApp({ ...scripts, environment });
    const again = await app.api(`/messages/${id}/resubmit`, { method: "POST" });
    const copy = await app.ended(await idIn(again));
    expect(copy.executions).toMatchObject([{ result: { type: "string", mac: macOf(body) } }]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a body of exactly 25 MiB is stored to the last byte", SLOW, async () => {
  const app = await shared.with({
    providers: { anything: ANYTHING },
    functions: { count: fn("in", "export default (event) => event.rawBody.length;") },
  });
  const body = Buffer.alloc(LIMIT, "0123456789abcdef");
  const id = await idIn(await app.send("in", { body }));
  expect((await bodyOf(app, id)).equals(body)).toBe(true);
  expect((await app.ended(id)).executions[0]?.result).toBe(LIMIT);
});

test("the HMAC of a large body is that of its bytes, for text and binary", SLOW, async () => {
  const script = `export default (event, ctx) => ctx.crypto.hmac("sha256", "${KEY}", event.rawBody);`;
  const app = await shared.with({
    providers: { anything: ANYTHING },
    functions: { mac: fn("in", script) },
  });
  const bodies = { text: Buffer.alloc(1024 * 1024, "text"), noise: randomBytes(1024 * 1024) };
  for (const [what, body] of Object.entries(bodies)) {
    const id = await idIn(await app.send("in", { body: new Uint8Array(body) }));
    expect((await app.ended(id)).executions[0]?.result, what).toBe(macOf(body));
  }
});

test.each([
  ["with a length", ["content-length", String(LIMIT + 1)]],
  ["in chunks", ["transfer-encoding", "chunked"]],
])("one byte more than 25 MiB %s is refused with 413 and not stored", SLOW, async (_, headers) => {
  const app = await telling();
  const before = await stored(app);
  const chunks = [...Array.from({ length: 25 }, () => Buffer.alloc(1024 * 1024)), Buffer.alloc(1)];
  const answer = await sendRaw(app, "POST", headers, chunks);
  expect(answer).toMatchObject({
    status: 413,
    type: expect.stringMatching(/^application\/problem/),
  });
  expect(JSON.parse(answer.text)).toMatchObject({
    status: 413,
    code: "body_too_large",
    title: expect.any(String),
    detail: expect.stringContaining(String(LIMIT)),
  });
  expect(await stored(app)).toEqual(before);
});

test("the limit is a setting, and a body of exactly that size in chunks is accepted", async () => {
  await using app = await limitedTo(10);
  const send = (text: string) =>
    sendRaw(app, "POST", [], [Buffer.from(text.slice(0, 5)), Buffer.from(text.slice(5))]);
  const answer = await send("0123456789");
  expect(answer.status).toBe(202);
  expect((await bodyOf(app, idFrom(answer))).toString()).toBe("0123456789");
  expect((await send("0123456789a")).status).toBe(413);
  expect(await stored(app)).toHaveLength(1);
});

test("a request of any method is a message, with its body", async () => {
  const app = await shared.with({
    providers: { anything: ANYTHING },
    functions: { look: fn("in", "export default (event) => [event.method, event.rawBody];") },
  });
  const methods = ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "POST", "PROPFIND"];
  for (const method of methods) {
    const answer = await sendRaw(app, method, ["content-length", "4"], [Buffer.from("body")]);
    expect(answer.status, method).toBe(202);
    expect(answer.text === "", method).toBe(method === "HEAD");
    const message = await app.ended(idFrom(answer));
    expect(message).toMatchObject({ status: "SUCCESS", method });
    expect(message.executions[0]?.result).toEqual([method, "body"]);
  }
});

test("headers are stored as received: their order, their case and repeated ones", async () => {
  const app = await shared.with({
    providers: { anything: ANYTHING },
    functions: { look: fn("in", "export default (event) => event.headers;") },
  });
  const sent = [
    ["host", "127.0.0.1"],
    ["X-One", "1"],
    ["x-two", "a, b"],
    ["x-ONE", "2"],
    ["Cookie", "a=1"],
    ["Cookie", "b=2"],
    ["Content-Type", "text/plain"],
    ["content-type", "text/html"],
    ["X-Empty", ""],
    ["__proto__", "x"],
    ["Content-Length", "1"],
    ["Connection", "close"],
  ];
  const answer = await sendRaw(app, "POST", sent.slice(1).flat(), [Buffer.from("x")]);
  const message = await app.ended(idFrom(answer));
  expect(message.headers).toEqual(sent);
  const seen = new Map(Object.entries(message.executions[0]?.result as object));
  expect(seen.get("x-one")).toBe("1, 2");
  expect(seen.get("cookie")).toBe("a=1; b=2");
  expect(seen.get("x-empty")).toBe("");
  expect(seen.get("__proto__")).toBe("x");
});

test("a long list of headers is stored whole or refused, and never cut", async () => {
  const app = await telling();
  for (const count of [500, 900, 1200, 2100]) {
    const many = Array.from({ length: count }, (_, index) => [`_${index.toString(36)}`, "1"]);
    const answer = await sendRaw(app, "POST", [...many.flat(), "content-length", "0"], []);
    expect([202, 431]).toContain(answer.status);
    if (answer.status === 431) continue;
    const { headers } = await app.ended(idFrom(answer));
    expect(headers.filter(([name]) => /^_\w+$/.test(name)).length).toBe(count);
  }
});

test.each([
  ["with a length", "Content-Length: 100\r\n\r\nhalf"],
  ["in chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
])("a body sent by half %s stores nothing", async (_, rest) => {
  const app = await telling();
  const before = await stored(app);
  const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.write(`POST /webhooks/v1/in HTTP/1.1\r\nHost: x\r\n${rest}`);
  await sleep(50);
  socket.destroy();
  await sleep(100);
  expect(await stored(app)).toEqual(before);
  expect((await app.send("in", { body: "whole" })).status).toBe(202);
});

test("200 simultaneous posts are all stored, and each runs on its own body", async () => {
  const app = await telling();
  const bodies = Array.from({ length: 200 }, (_, index) => JSON.stringify({ index }));
  const answers = await Promise.all(bodies.map((body) => app.send("in", { body })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const ids = await Promise.all(answers.map(idIn));
  expect(new Set(ids).size).toBe(200);
  const messages = await Promise.all(ids.map(app.ended));
  const payloads = messages.map(({ executions }) => executions[0]?.result);
  expect(payloads).toMatchObject(bodies.map((body) => ({ payload: JSON.parse(body) })));
});
