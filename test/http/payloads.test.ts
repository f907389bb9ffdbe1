/** How scripts see text in any encoding, and forms with malformed escapes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { singleContentType } from "../../src/model/content-type.ts";
import { bytesToText, textToBytes } from "../../src/model/text-codec.ts";
import { excerptForm } from "../../src/sandbox/child/excerpt/form-excerpt.ts";
import { payloadSource } from "../../src/sandbox/child/payload/payload-source.ts";
import { parsePayload } from "../../src/sandbox/guest/payload.ts";
import { payloadApp, sendPayload, type Types } from "../support/seen-payload.ts";

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";
const startApp = payloadApp();

const latin = (value: string) => Buffer.from(value, "latin1");
const utf16 = (value: string) => Buffer.from(value, "utf16le");
const utf16be = (value: string) => utf16(value).swap16();
const utf32be = (value: string) =>
  Buffer.from([...value].flatMap((one) => [0, ...utf24(one.codePointAt(0) ?? 0)]));
const utf24 = (point: number) => [point >> 16, (point >> 8) & 255, point & 255];
const XML = '<?xml version="1.0"?><a>é</a>';
const NOT_SHIFT_JIS = Buffer.from([0x61, 0xff, 0x20, 0xe9]);

type Row = readonly [what: string, body: string | Buffer, types: Types, payload: unknown];

const ENCODED: readonly Row[] = [
  [
    "a form in Latin-1",
    latin("a=caf\xe9&b=%E9+%80"),
    `${FORM}; charset=ISO-8859-1`,
    { a: "café", b: "é €" },
  ],
  [
    "names of fields too",
    latin("%E9=1&\xfc=2"),
    `${FORM};charset="windows-1252"`,
    { é: "1", ü: "2" },
  ],
  ["separators as escapes", "a=%26%3D%2B%25E9%E9", `${FORM};charset=latin1`, { a: "&=+%E9é" }],
  ["broken escapes", "a=%%45%E9%zz%", `${FORM};charset=l1`, { a: "%Eé%zz%" }],
  ["Cyrillic", "a=%EF%F0%E8+%E2", `${FORM}; charset=windows-1251`, { a: "при в" }],
  [
    "Shift JIS, whose bytes may be ASCII",
    "a=%83%5C&b=%83\\",
    `${FORM}; charset=Shift_JIS`,
    { a: "ソ", b: "ソ" },
  ],
  [
    "PayPal's form",
    "name=Jos%E9&charset=windows-1252&x=1",
    FORM,
    { name: "José", charset: "windows-1252", x: "1" },
  ],
  [
    "a form of a browser",
    "_charset_=iso-8859-15&a=%A4",
    FORM,
    { _charset_: "iso-8859-15", a: "€" },
  ],
  ["a form with a field charset", "charset=latin1&a=%C3%A9é", FORM, { charset: "latin1", a: "éé" }],
  ["XML in Latin-1", latin(XML), "text/xml; charset=iso-8859-1", XML],
  [
    "XML that says so itself",
    latin(XML.replace("?>", ' encoding="ISO-8859-1"?>')),
    "application/xml",
    XML.replace("?>", ' encoding="ISO-8859-1"?>'),
  ],
  [
    "XML in UTF-8 that says UTF-16",
    XML.replace("?>", ' encoding="utf-16"?>'),
    "text/xml",
    XML.replace("?>", ' encoding="utf-16"?>'),
  ],
  ["XML in UTF-16", utf16(`\ufeff${XML}`), "text/xml", XML],
  ["text in windows-1252", latin("\x80 \x93a\x94"), "text/plain; charset=cp1252", "€ “a”"],
  ["text in UTF-16", utf16be("grüße 😀"), "text/plain; charset=utf-16be", "grüße 😀"],
  ["text in GBK", Buffer.from([0xd6, 0xd0, 0xce, 0xc4]), "text/plain; charset=gb2312", "中文"],
  ["text in ISO-2022-JP", "\x1b$B$3\x1b(B!", "text/plain; charset=iso-2022-jp", "こ!"],
  ["JSON in Latin-1", latin('{"a":"\xe9"}'), `${JSON_TYPE}; charset=iso-8859-1`, { a: "é" }],
  ["JSON in UTF-8 said to be Latin-1", '{"a":"é"}', `${JSON_TYPE}; charset=iso-8859-1`, { a: "é" }],
  ["JSON in UTF-16 with a mark", utf16('\ufeff{"a":"é😀"}'), JSON_TYPE, { a: "é😀" }],
  ["JSON in UTF-16 without one", utf16('{"a":"é"}'), JSON_TYPE, { a: "é" }],
  ["JSON with the high byte first", utf16be('["é"]'), "text/plain", ["é"]],
  [
    "JSON with a mark and the high byte first",
    utf16be('\ufeff {"a":1}'),
    "application/octet-stream",
    { a: 1 },
  ],
  ["JSON said to be UTF-16", utf16be('{"a":1}'), `${JSON_TYPE};charset=utf-16`, { a: 1 }],
  ["JSON in UTF-8 said to be UTF-16", '{"a":"é"}', `${JSON_TYPE};charset=utf-16`, { a: "é" }],
  ["a JSON scalar in UTF-16", utf16('"é"'), JSON_TYPE, "é"],
  ["JSON in UTF-32", utf32be('{"a":"😀"}'), JSON_TYPE, { a: "😀" }],
  ["two lines of one type", '{"a":1}', [JSON_TYPE, JSON_TYPE], { a: 1 }],
  ["two lines that say form", "a=1", [FORM, `${FORM}`], { a: "1" }],
  [
    "two lines with a charset",
    latin("a=\xe9"),
    [`${FORM}; charset=latin1`, `${FORM};charset=Latin1`],
    { a: "é" },
  ],
  ["an unknown charset", "a=é&b=%C3%A9", `${FORM}; charset=x-none`, { a: "é", b: "é" }],
];

/** The binary text of bytes, whose unpaired surrogates stand for bytes. */
const UNCHANGED: readonly Row[] = [
  [
    "bytes that are not of the charset",
    NOT_SHIFT_JIS,
    "text/plain; charset=shift_jis",
    bytesToText(NOT_SHIFT_JIS),
  ],
  ["bytes that are not UTF-8", latin("caf\xe9"), "text/plain", bytesToText(latin("caf\xe9"))],
  [
    "half of a UTF-16 character",
    utf16("\ufeffab").subarray(0, 5),
    "text/plain",
    bytesToText(utf16("\ufeffab").subarray(0, 5)),
  ],
  ["raw bytes in a form", latin("a=caf\xe9"), FORM, { a: bytesToText(latin("caf\xe9")) }],
  [
    "binary data with a mark",
    utf16("\ufeffab"),
    "application/octet-stream",
    bytesToText(utf16("\ufeffab")),
  ],
  ["binary data with zeros", utf16("ab"), "application/octet-stream", "a\0b\0"],
];

test("text is decoded by its byte order mark, its declared charset or its own declaration, in all scripts", async () => {
  const app = await startApp();
  for (const [what, body, types, payload] of [...ENCODED, ...UNCHANGED]) {
    const seen = await sendPayload(app, body, types);
    expect(seen.payload, what).toEqual(payload);
    expect(seen.inMatch().payload, what).toEqual(payload);
  }
});

test("header lines with the same type are one type for scripts, and different ones are joined", async () => {
  const app = await startApp();
  const seen = await sendPayload(app, "{}", [JSON_TYPE, JSON_TYPE]);
  expect([seen.contentType, seen.inMatch().contentType]).toEqual([JSON_TYPE, JSON_TYPE]);
  const joined = await sendPayload(app, "a=1", `${FORM}, ${FORM}`);
  expect([joined.contentType, joined.payload]).toEqual([FORM, { a: "1" }]);
  const other = await sendPayload(app, "a=1", [FORM, "text/plain"]);
  expect([other.contentType, other.payload]).toEqual([`${FORM}, text/plain`, "a=1"]);
});

const ESCAPES = [
  ..."%|%%|%zz|100%+sure%20%26%20more|%4|a%|%C3|%C3%28|%E9|%F0%9F%98|%ED%A0%80|%C0%AF|%c3%a9%|%%41".split(
    "|",
  ),
  "%C3%zz%A9",
  "%00%01",
];

test("escapes in forms are decoded as in the query, also malformed ones", async () => {
  const app = await startApp();
  for (const value of ESCAPES) {
    const pairs = `a=${value}&${value}=b`;
    const seen = await sendPayload(app, pairs, FORM, `?${encodeURI(pairs).replaceAll("%25", "%")}`);
    const expected = Object.fromEntries(new URLSearchParams(pairs));
    expect([seen.payload, seen.inMatch().payload], value).toEqual([expected, expected]);
    expect(seen.payload, value).toEqual(seen.query);
  }
});

test("a large body in another encoding is excerpted like one in UTF-8", () => {
  const value = { text: "é€".repeat(600_000), last: "ü" };
  const expected = { text: "é€".repeat(512), last: "ü" };
  const [json, form] = [JSON.stringify(value), new URLSearchParams(value).toString()];
  const raw = latin(`text=${"\xe9%80".repeat(600_000)}&last=%fc`);
  for (const [body, type] of [
    [utf16(json), JSON_TYPE],
    [latin(json.replaceAll("€", "\x80")), `${JSON_TYPE}; charset=windows-1252`],
    [Buffer.from(form), FORM],
    [raw, `${FORM}; charset=windows-1252`],
  ] as const) {
    const { text = "", excess } = payloadSource(body, type, true) ?? {};
    expect(JSON.parse(text.slice(2)), type).toEqual(expected);
    expect([text.slice(0, 2), excess?.slice(0, 4)]).toEqual(["Tj", "has "]);
  }
});

test("characters of several bytes are decoded wherever they stand in a large body", () => {
  const text = `a${"中文".repeat(100_000)}`;
  const body = Buffer.from(`a${"\xd6\xd0\xce\xc4".repeat(100_000)}`, "latin1");
  const source = payloadSource(body, "text/plain; charset=gbk", false);
  expect(source?.text === `Wt${text}`).toBe(true);
});

test("a form has the same fields in an excerpt as in the whole payload", () => {
  const unit = fc.constantFrom(...'%25|%|%E9|%C3%A9|%4|%7B|é|\udce9|+|a|{|[|"|1'.split("|"));
  const texts = fc.string({ unit, maxLength: 12 });
  fc.assert(
    fc.property(texts, texts, (name, value) => {
      const body = `x=1&a${name}=${value}&payload=%7B${value}`;
      const excerpt: unknown = JSON.parse(excerptForm(textToBytes(body), 10));
      expect(excerpt).toEqual(parsePayload(body, FORM));
    }),
    { numRuns: 2000 },
  );
});

test("header lines are compared with their quotes, in time linear in their length", () => {
  expect(singleContentType('a/b; x="1,2", A/B;x="1,2"')).toBe('a/b; x="1,2"');
  const open = 'a/b; x="1, a/b; x="1';
  expect(singleContentType(open)).toBe(open);
  const cost = (count: number) => {
    const header = `,"\\`.repeat(count);
    const startedAt = performance.now();
    for (let n = 0; n < 20; n++) singleContentType(header);
    return performance.now() - startedAt;
  };
  cost(1000);
  expect(cost(16_000)).toBeLessThan(cost(4000) * 40 + 100);
});
