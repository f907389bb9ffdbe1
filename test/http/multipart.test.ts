/** What scripts see of multipart forms: fields, and files with their bytes. */
import { expect, test } from "vitest";
import { MAX_PARTS, splitMultipart } from "../../src/sandbox/child/payload/multipart.ts";
import { payloadSource } from "../../src/sandbox/child/payload/payload-source.ts";
import { unpackParts } from "../../src/sandbox/wire/form-parts.ts";
import { payloadApp, sendPayload, type Types } from "../support/seen-payload.ts";
import { idIn } from "../support/test-app.ts";

const startApp = payloadApp();
const latin = (value: string) => Buffer.from(value, "latin1");
type Row = readonly [what: string, body: string | Buffer, types: Types, payload: unknown];

const part = (head: string, content: string | Buffer = "", lineEnd = "\r\n") =>
  Buffer.concat([
    Buffer.from(`--b${lineEnd}Content-Disposition: form-data; ${head}${lineEnd}${lineEnd}`),
    Buffer.from(content),
    Buffer.from(lineEnd),
  ]);
const MULTIPART = "multipart/form-data; boundary=b";
const whole = (...parts: readonly (Buffer | string)[]) =>
  Buffer.concat([...parts, "--b--\r\n"].map((one) => Buffer.from(one)));
const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

test("a multipart form is its fields and files with exact bytes, and its JSON leaves the bytes out", async () => {
  const app = await startApp();
  const body = whole(
    "a preamble\r\n",
    part('name="a"', "1"),
    part('name="a"', "é\r\n--bother"),
    part('name="__proto__"', ""),
    part('name="file"; filename="ü \\"1\\".bin"\r\nContent-Type: image/png', ALL_BYTES),
    part('name="none"; filename=""'),
    part('name="a"; filename="%22.txt"\r\ncontent-type: text/plain', "x"),
    part("name=latin\r\nContent-Type: text/plain; charset=iso-8859-1", latin("\xe9")),
    part("name*=UTF-8''n%C3%A4me; name=name", "2"),
    part('name="base64"; filename="b"\r\nContent-Transfer-Encoding: base64', "AAEC"),
    part('name="payload"', '{"b":[1]}'),
  );
  const file = { filename: 'ü "1".bin', type: "image/png", size: 256 };
  const others = {
    latin: "é",
    näme: "2",
    payload: { b: [1] },
  };
  const binary = { type: "application/octet-stream" };
  const [quote, none, decoded] = [
    { filename: '".txt', type: "text/plain", size: 1 },
    { filename: "", size: 0, ...binary },
    { filename: "b", size: 3, ...binary },
  ];
  const seen = await sendPayload(app, body, MULTIPART);
  expect(seen.payload).toEqual({
    ...JSON.parse('{"__proto__":""}'),
    ...others,
    a: ["1", "é\r\n--bother", { ...quote, bytes: [120] }],
    file: { ...file, bytes: [...ALL_BYTES] },
    none: { ...none, bytes: [] },
    base64: { ...decoded, bytes: [0, 1, 2] },
  });
  const plain = { ...others, a: ["1", "é\r\n--bother", quote], file, none, base64: decoded };
  expect(seen.plain).toMatchObject(plain);
  expect(seen.inMatch().payload).toEqual(seen.plain);
});

const MULTIPARTS: readonly Row[] = [
  ["nothing but payload", whole(part('name="payload"', '{"a":1}')), MULTIPART, { a: 1 }],
  ["no parts", "--b--", MULTIPART, {}],
  [
    "line feeds alone",
    Buffer.concat([part("name=a", "1", "\n"), part("name=b", "2\n", "\n"), Buffer.from("--b--\n")]),
    MULTIPART,
    { a: "1", b: "2\n" },
  ],
  [
    "a quoted boundary",
    whole(part("name=a", "1")),
    'Multipart/Form-Data; charset=utf-8; boundary="b"',
    { a: "1" },
  ],
  [
    "blanks after the boundary",
    whole("--b \t\r\nContent-Disposition:form-data;name=a\r\n\r\n1\r\n"),
    MULTIPART,
    { a: "1" },
  ],
  ["two header lines", whole(part("name=a", "1")), [MULTIPART, MULTIPART], { a: "1" }],
  [
    "a charset for all fields",
    whole(part("name=_charset_", "latin1"), part("name=a", latin("\xe9")), part("name=b", "é")),
    MULTIPART,
    { _charset_: "latin1", a: "é", b: "é" },
  ],
  [
    "charsets by field",
    whole(
      part("name=html", latin("\xe9")),
      part("name=charsets", '{"html":"iso-8859-1","to":"UTF-8"}'),
    ),
    MULTIPART,
    { html: "é", charsets: '{"html":"iso-8859-1","to":"UTF-8"}' },
  ],
  ["bytes of no known encoding", whole(part("name=a", latin("\xe9"))), MULTIPART, { a: "\udce9" }],
  ["a key of a map", whole(part("name=get", "1")), MULTIPART, { get: "1" }],
];

const BROKEN: readonly (readonly [what: string, body: Buffer, type: string])[] = [
  ["no last boundary", part("name=a", "1"), MULTIPART],
  ["no boundary at all", Buffer.from("hello"), MULTIPART],
  ["none in the type", whole(part("name=a", "1")), "multipart/form-data"],
  ["another in the type", whole(part("name=a", "1")), "multipart/form-data; boundary=c"],
  ["a part without a name", whole(part('filename="a"', "1")), MULTIPART],
  ["a part without a head", whole("--b\r\n\r\n1\r\n"), MULTIPART],
  ["a part that is cut", whole("--b\r\nContent-Disposition: form-data; name=a\r\n"), MULTIPART],
  [
    "another disposition",
    whole("--b\r\nContent-Disposition: inline; name=a\r\n\r\n1\r\n"),
    MULTIPART,
  ],
  ["a long head", whole(part(`name=a\r\nx: ${"x".repeat(17 * 1024)}`, "1")), MULTIPART],
  ["parts of other mail", whole(part("name=a", "1")), "multipart/mixed; boundary=b"],
];

test("multipart forms of all kinds are parsed, and broken ones are their text", async () => {
  const app = await startApp();
  for (const [what, body, types, payload] of MULTIPARTS)
    expect((await sendPayload(app, body, types)).payload, what).toEqual(payload);
  for (const [what, body, type] of BROKEN) {
    const { payload } = await sendPayload(app, body, type);
    expect(payload === body.toString(), what).toBe(true);
  }
});

test("a form may have as many parts as a match script may get values, and one with more is text", () => {
  const many = Array.from({ length: MAX_PARTS + 1 }, () => part("name=a"));
  expect(splitMultipart(whole(...many.slice(1)), "b")).toHaveLength(MAX_PARTS);
  expect(splitMultipart(whole(...many), "b")).toBeUndefined();
});

const excerptOf = (body: Buffer) => {
  const source = payloadSource(body, MULTIPART, true);
  const { text = "", excess } = source ?? {};
  return { letters: text.slice(0, 2), parts: unpackParts(text.slice(2)), excess, source };
};

test("a large form is excerpted: its texts are cut, and a file has only its first bytes", () => {
  const big = Buffer.alloc(1024 * 1024, "é");
  const json = JSON.stringify({
    list: Array.from({ length: 30 }, (_, id) => id),
    text: "x".repeat(2000),
  });
  const body = whole(
    part("name=a", big),
    part("name=f; filename=f", big),
    part("name=payload", json),
    ...Array.from({ length: 25 }, (_, id) => part("name=many", String(id))),
    part(`name=${"n".repeat(1025)}`, "1"),
    part("name=last\r\nContent-Type: text/plain; charset=latin1", Buffer.alloc(3000, 0xe9)),
  );
  const { letters, parts, excess, source } = excerptOf(body);
  expect([letters, excess]).toEqual(["Tp", `has ${body.length} bytes`]);
  expect(parts.slice(0, 2)).toEqual([
    { name: "a", text: "é".repeat(1024) },
    { name: "f", file: { filename: "f", type: "application/octet-stream", size: big.length } },
  ]);
  expect(source?.fileAt(1)).toEqual(big.subarray(0, 1024));
  const inner = { list: Array.from({ length: 20 }, (_, id) => id), text: "x".repeat(1024) };
  expect(JSON.parse(Object(parts[2]).text)).toEqual(inner);
  expect(parts.slice(3, 28)).toEqual(
    Array.from({ length: 25 }, (_, id) => (id < 20 ? { name: "many", text: String(id) } : null)),
  );
  expect(parts.slice(28)).toEqual([null, { name: "last", text: "é".repeat(1024) }]);
});

test("fields reach the isolate unchanged, also text that JSON would write in six times its size", () => {
  const noise = Buffer.alloc(100_000, 0xff).fill(0, 50_000);
  const body = whole(part("name=a", noise), part(`name="${"\u0001".repeat(10_000)}"`, "1"));
  const { text = "" } = payloadSource(body, MULTIPART, false) ?? {};
  expect(text.length).toBeLessThan(body.length);
  const [field, named] = unpackParts(text.slice(2));
  expect(Object(field).text).toHaveLength(noise.length);
  expect(named).toEqual({ name: "\u0001".repeat(10_000), text: "1" });
});

test("JSON with a declared charset is decoded with it in an excerpt too", () => {
  const json = Buffer.from(JSON.stringify({ a: "é", long: "x".repeat(1024 * 1024) }), "latin1");
  const type = "Content-Type: application/json; charset=iso-8859-1";
  const { letters, parts } = excerptOf(whole(part(`name=payload\r\n${type}`, json)));
  expect(letters).toBe("Tp");
  expect(JSON.parse(Object(parts[0]).text)).toEqual({ a: "é", long: "x".repeat(1024) });
});

test("a form with much JSON is excerpted because of its values, and is whole for functions", () => {
  const json = `[${"1,".repeat(100_000)}1]`;
  const body = whole(part("name=payload", json));
  expect(excerptOf(body)).toMatchObject({ letters: "Tp", excess: "has 100012 values" });
  expect(payloadSource(body, MULTIPART, false)?.text.slice(0, 2)).toBe("Wp");
  const small = whole(part("name=payload", `[${"1,".repeat(50_000)}1]`));
  expect(excerptOf(small)).toMatchObject({ letters: "Wp", excess: undefined });
});

test("FlexDeploy scripts get files as maps, and a file may have many bytes", async () => {
  const app = await startApp();
  const bytes = Buffer.alloc(20 * 1024 * 1024, 7);
  const body = whole(part('name=f; filename="a.bin"', bytes), part("name=get", "1"));
  const headers = { "content-type": MULTIPART };
  const send = async (uri: string) => {
    const view = await app.ended(await idIn(await app.send(uri, { body, headers })));
    expect(view.executions[0]?.error).toBeNull();
    return view.executions[0]?.result;
  };
  const file = { filename: "a.bin", type: "application/octet-stream", size: bytes.length };
  const payload = { f: file, get: "1" };
  const seen = ["1", "a.bin", bytes.length, bytes.length, 7, payload, bytes.length];
  expect(await send("flex")).toEqual(seen);
});

test("the bytes of a file that a script kept do not change with a later message", async () => {
  const app = await startApp();
  const headers = { "content-type": MULTIPART };
  const results: unknown[] = [];
  for (const content of ["1", "22"]) {
    const body = whole(part("name=f; filename=f", content));
    const view = await app.ended(await idIn(await app.send("late", { body, headers })));
    results.push(view.executions[0]?.result);
  }
  expect(results).toEqual([
    [null, null],
    [expect.stringContaining("an earlier run"), 2],
  ]);
});
