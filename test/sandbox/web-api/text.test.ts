/** `TextEncoder` and `TextDecoder` behave in an isolate as they do in Node. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { compareRandom, compareTable, startIsolates } from "../../support/both-worlds.ts";

const isolates = startIsolates();
afterAll(() => isolates[Symbol.asyncDispose]());

/** Hexadecimal to the source text of a list of bytes. */
const list = (hex: string) => `[${(hex.match(/../g) ?? []).map((byte) => `0x${byte}`).join()}]`;

const decoding = (label: string, hexes: string) =>
  hexes
    .split(" ")
    .flatMap((hex) =>
      ["{}", "{ fatal: true }", "{ ignoreBOM: true }", "{ fatal: 1, ignoreBOM: 1 }"].map(
        (options) => `new TextDecoder("${label}", ${options}).decode(new Uint8Array(${list(hex)}))`,
      ),
    );

/** Valid, truncated, overlong, surrogates, beyond the end of Unicode, byte order marks. */
const UTF8 =
  " 61 c3a9 e282ac f09f9880 efbbbf61 efbbbfefbbbf 61efbbbf efbb ef 80 bf c0 c1bf c0af c3 c361 c3c3a9 e0809f e09fbf " +
  "e0a080 e282 e28261 e2e282ac eda080 ed9fbf edbfbf ee8080 efbfbd efbfbf f0808080 f08fbfbf f0908080 f09f98 f09f9861 " +
  "f09f61 f48fbfbf f4908080 f5808080 f8808080 ff fe fffe feff 00 7f c280 dfbf 61ff62 f0f09f9880 e2828061 efbbbfff";
const UTF16 =
  " 61 6100 fffe6100 feff0061 3dd8 3dd800de 00de 3dd86100 3dd83dd800de 3dd800 3dd800de61 00de3dd8 fffefffe ff 3dd8ff";
const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const LABELS = [
  ..."unicode-1-1-utf-8 utf-8 utf8 UTF-8 Utf8 x-unicode20utf8 unicode ucs-2 utf-16 utf-16le csunicode".split(
    " ",
  ),
  ..."latin1 ascii us-ascii l1 iso-8859-1 iso_8859-1:1987 cp1252 windows-1252 x-cp1252 ISO88591".split(
    " ",
  ),
  ..." utf8,\\tutf8\\n,\\u00a0utf8,utf8\\0,,nonsense,utf-7,null".split(","),
].map((label) => `"${label}"`);

/**
 * In a stream Node drops the byte order mark at the start of a piece while there is no output, even after invalid
 * bytes. Decoded at once the bytes keep it, as the standard requires.
 */
function nodeAgreesWithItself(pieces: readonly (readonly number[])[]): boolean {
  const decoder = new TextDecoder();
  const parts = pieces.map((piece, at) =>
    decoder.decode(new Uint8Array(piece), { stream: at < pieces.length - 1 }),
  );
  return parts.join("") === new TextDecoder().decode(new Uint8Array(pieces.flat()));
}

describe("decoding", () => {
  test.each([
    ["UTF-8", decoding("utf-8", UTF8)],
    ["UTF-16LE", decoding("utf-16le", UTF16)],
    ["windows-1252", decoding("latin1", ALL_BYTES.join(" "))],
  ])("%s", (_, snippets) => compareTable(isolates, snippets));

  test("labels, options and properties of the decoder", () =>
    compareTable(
      isolates,
      [
        ...LABELS.map((label) => `new TextDecoder(${label}).encoding`),
        "new TextDecoder().encoding",
        "new TextDecoder(undefined).encoding",
        "new TextDecoder(Symbol()).encoding",
        "new TextDecoder('utf8', null).fatal",
        "new TextDecoder('utf8', { fatal: 'yes' }).fatal",
        "new TextDecoder('utf8', { ignoreBOM: 0 }).ignoreBOM",
        "new TextDecoder('utf8', 1)",
        "TextDecoder('utf8')",
        "Object.keys(new TextDecoder())",
        "String(new TextDecoder())",
        "TextDecoder.prototype.decode.call({}, new Uint8Array())",
        "Object.getOwnPropertyDescriptor(TextDecoder.prototype, 'encoding').get.call({})",
        "'use strict'; new TextDecoder().fatal = true",
      ].map((one) => one.replace("'use strict'; ", "")),
    ));

  test("of buffers and views of any type", () =>
    compareTable(isolates, [
      "new TextDecoder().decode()",
      "new TextDecoder().decode(undefined, undefined)",
      "new TextDecoder().decode(undefined, null)",
      "new TextDecoder().decode(null)",
      "new TextDecoder().decode('a')",
      "new TextDecoder().decode([97])",
      "new TextDecoder().decode({})",
      "new TextDecoder().decode(new Uint8Array([97, 98]).buffer)",
      "new TextDecoder().decode(new DataView(new Uint8Array([97, 98, 99]).buffer, 1))",
      "new TextDecoder().decode(new Uint8Array([97, 98, 99]).subarray(1, 2))",
      "new TextDecoder().decode(new Uint16Array([0x6261]))",
      "new TextDecoder().decode(new Float64Array(1)).length",
      "(() => { const buffer = new Uint8Array([97]).buffer; buffer.transfer(); return new TextDecoder().decode(buffer); })()",
      "(() => { const view = new Uint8Array([97]); view.buffer.transfer(); return new TextDecoder().decode(view); })()",
      "(() => { const buffer = new ArrayBuffer(4, { maxByteLength: 8 }); const view = new Uint8Array(buffer); buffer.resize(2); return new TextDecoder().decode(view); })()",
      "new TextDecoder().decode(Object.defineProperty(new Uint8Array([97]), 'buffer', { value: 1 }))",
      "new TextDecoder().decode(new (class extends Uint8Array { get byteLength() { return 9; } })(2))",
    ]));

  test("a stream of pieces", () => {
    const pieces = (label: string, options: string, ...hexes: string[]) =>
      `(() => { const decoder = new TextDecoder("${label}", ${options});
        return ${JSON.stringify(hexes)}.map((hex, at, all) => outcome(() =>
          decoder.decode(new Uint8Array((hex.match(/../g) ?? []).map((one) => parseInt(one, 16))), { stream: at < all.length - 1 }))); })()`;
    const streams = [
      ["e2", "82", "ac", ""],
      ["f09f", "98", "80", "61"],
      ["e282", "61", ""],
      ["ef", "bb", "bf61", ""],
      ["efbbbf", "efbbbf", ""],
      ["", "efbbbf61", "efbbbf62"],
      ["f0", "f0", "9f9880"],
      ["61", "ff", "62"],
      ["e2", ""],
    ];
    const wide = [
      ["3d", "d8", "00", "de"],
      ["3dd8", "6100"],
      ["ff", "fe61", "00"],
      ["3dd8", ""],
      ["6100", "62"],
    ];
    return compareTable(isolates, [
      ...streams.flatMap((hexes) =>
        ["{}", "{ fatal: true }", "{ ignoreBOM: true }"].map((options) =>
          pieces("utf-8", options, ...hexes),
        ),
      ),
      ...wide.flatMap((hexes) =>
        ["{}", "{ ignoreBOM: true }"].map((options) => pieces("utf-16le", options, ...hexes)),
      ),
      pieces("latin1", "{}", "80", "9f", "e9"),
    ]);
  });

  test("a decoder is reset after a stream has ended", () =>
    compareTable(isolates, [
      "(() => { const one = new TextDecoder(); const bom = new Uint8Array([0xef, 0xbb, 0xbf, 0x61]); return [one.decode(bom), one.decode(bom), one.decode(bom, { stream: true }), one.decode(bom)]; })()",
    ]));

  test("a buffer that is overwritten between two pieces does not change the result", () =>
    compareTable(isolates, [
      "(() => { const one = new TextDecoder(); const piece = new Uint8Array([0xe2, 0x82]); one.decode(piece, { stream: true }); piece.fill(0x61); return one.decode(new Uint8Array([0xac])); })()",
    ]));

  test("random bytes", () =>
    compareRandom(
      isolates,
      fc.record({
        label: fc.constantFrom("utf-8", "utf-16le", "latin1"),
        fatal: fc.boolean(),
        ignoreBOM: fc.boolean(),
        bytes: fc.array(
          fc.oneof(
            fc.integer({ min: 0, max: 255 }),
            fc.constantFrom(
              0xef,
              0xbb,
              0xbf,
              0xfe,
              0xff,
              0xe2,
              0x82,
              0xac,
              0xed,
              0xa0,
              0xf0,
              0x9f,
              0xd8,
              0xdc,
            ),
          ),
          { maxLength: 24 },
        ),
      }),
      "({ label, bytes, ...options }) => new TextDecoder(label, options).decode(new Uint8Array(bytes))",
    ));

  test("random pieces", () =>
    compareRandom(
      isolates,
      fc
        .array(
          fc.array(
            fc.constantFrom(0x61, 0xef, 0xbb, 0xbf, 0xe2, 0x82, 0xac, 0xed, 0xf0, 0x9f, 0x98, 0x80),
            {
              maxLength: 5,
            },
          ),
          { minLength: 1, maxLength: 5 },
        )
        .filter(nodeAgreesWithItself),
      "(pieces) => { const one = new TextDecoder(); return pieces.map((piece, at) => one.decode(new Uint8Array(piece), { stream: at < pieces.length - 1 })); }",
    ));
});

describe("encoding", () => {
  const TEXTS = [
    "",
    "a",
    "é",
    "€",
    "😀",
    "\ud83d",
    "\ude00",
    "a\ud83db",
    "\ud83d\ud83d\ude00",
    "\u0000\u007f\u0080\u07ff\u0800\uffff",
  ];

  test("of texts and of values that convert to text", () =>
    compareTable(isolates, [
      ...TEXTS.map((text) => `new TextEncoder().encode(${JSON.stringify(text)})`),
      ...["", "undefined", "null", "1", "{}", "[1,2]", "Symbol()"].map(
        (value) => `new TextEncoder().encode(${value})`,
      ),
      "new TextEncoder().encoding",
      "Object.keys(new TextEncoder())",
      "String(new TextEncoder())",
      "TextEncoder()",
    ]));

  test("into an array, as much as there is room for", () =>
    compareTable(isolates, [
      ...TEXTS.flatMap((text) =>
        [0, 1, 2, 3, 4, 9].map(
          (size) =>
            `(() => { const bytes = new Uint8Array(${size}).fill(0x2a); return [new TextEncoder().encodeInto(${JSON.stringify(text)}, bytes), bytes]; })()`,
        ),
      ),
      "(() => { const bytes = new Uint8Array(4); new TextEncoder().encodeInto('€', bytes.subarray(1)); return bytes; })()",
      "new TextEncoder().encodeInto('a', new Uint16Array(4))",
      "new TextEncoder().encodeInto('a', new ArrayBuffer(4))",
      "new TextEncoder().encodeInto('a', [1])",
      "new TextEncoder().encodeInto(1, new Uint8Array(4))",
      "new TextEncoder().encodeInto()",
      "new TextEncoder().encodeInto('a', Object.create(Uint8Array.prototype))",
    ]));

  test("random text, there and back", () =>
    compareRandom(
      isolates,
      fc.string({
        unit: fc.oneof(
          fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
          fc.constantFrom("\ud83d", "\ude00", "a", "é", "€"),
        ),
        maxLength: 30,
      }),
      "(text) => { const bytes = new TextEncoder().encode(text); return [bytes, new TextDecoder().decode(bytes)]; }",
    ));

  test("a megabyte there and back", async () => {
    const source =
      "export default () => { const text = 'aé€😀'.repeat(100_000); const bytes = new TextEncoder().encode(text); return [bytes.length, new TextDecoder().decode(bytes) === text]; };";
    expect(await isolates.run(source)).toEqual([1_000_000, true]);
  });
});
