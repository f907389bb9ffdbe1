/**
 * The excerpt that match scripts get of a body too large to be parsed for each of them. It is made without a full
 * parse.
 */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesToText } from "../../src/model/text-codec.ts";
import { excerptJson, MAX_ITEMS } from "../../src/sandbox/child/excerpt/json-excerpt.ts";
import {
  excerptPayload,
  MAX_WHOLE_BYTES,
  MAX_WHOLE_VALUES,
} from "../../src/sandbox/child/excerpt/payload-excerpt.ts";

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";
const MAX_TEXT = 1024;

interface Room {
  left: number;
}
interface Rooms {
  readonly values: Room;
  readonly nested: Room;
}

/** The expected excerpt, made slowly from the result of `JSON.parse`. */
function referenceOf(value: unknown, room: number): unknown {
  return isObject(value)
    ? shortened(value, { values: { left: room }, nested: { left: room } })
    : cut(value);
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function cut(value: unknown): unknown {
  if (typeof value !== "string" || value.length <= MAX_TEXT) return value;
  const splitsPair = /[\uD800-\uDBFF]/.test(value.charAt(MAX_TEXT - 1));
  return value.slice(0, splitsPair ? MAX_TEXT - 1 : MAX_TEXT);
}

function shortened(value: object, rooms: Rooms): unknown {
  const isList = Array.isArray(value);
  const entries = Object.entries(value).filter(([key]) => key.length <= MAX_TEXT);
  const kept: [string, unknown][] = [];
  for (const [key, member] of isList ? entries.slice(0, MAX_ITEMS) : entries) {
    const size = Number(kept.length > 0) + (isList ? 0 : JSON.stringify(key).length + 1);
    const short = placed(member, size, rooms);
    if (short === undefined) break;
    kept.push([key, short]);
  }
  return isList ? kept.map(([, one]) => one) : Object.fromEntries(kept);
}

/** Undefined when it does not fit. */
function placed(member: unknown, size: number, { values, nested }: Rooms): unknown {
  if (!isObject(member)) {
    const short = cut(member);
    const needed = size + JSON.stringify(short).length;
    if (needed > values.left) return undefined;
    values.left -= needed;
    return short;
  }
  const left = nested.left - size - 2;
  if (left < 0) return undefined;
  const half = Math.floor(left / 2);
  const own = { left: half };
  const short = shortened(member, { values: own, nested: own });
  nested.left = left - (half - own.left);
  return short;
}

const texts = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("a", "é", "😀", '"', "\\", "\n", "\uD800", "\uDC80") }),
  fc
    .tuple(fc.nat({ max: 3 }), fc.constantFrom("a", "é", "😀", "\n\\", "\uD83D"))
    .map(([shift, unit]) => "x".repeat(shift) + unit.repeat(700)),
);
/** Keys without backslashes: after an object with such a key, V8's `JSON.parse` takes some escaped keys for it. */
const keys = texts.map((text) => text.replaceAll("\\", "/"));
const { tree: jsonValues } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    {
      weight: 4,
      arbitrary: fc.oneof(
        texts,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ),
    },
    { weight: 2, arbitrary: fc.array(tie("tree"), { maxLength: 30 }) },
    {
      weight: 2,
      arbitrary: fc.dictionary(keys, tie("tree"), { maxKeys: 12, noNullPrototype: true }),
    },
  ),
}));

test("an excerpt of JSON is that of the parsed value, for any limit", () => {
  const rooms = fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 100_000 }));
  fc.assert(
    fc.property(jsonValues, rooms, fc.nat({ max: 2 }), (value, room, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      const excerpt = excerptJson(Buffer.from(text), 0, room);
      expect(JSON.parse(excerpt ?? "")).toEqual(referenceOf(JSON.parse(text), room));
      expect(excerpt?.length).toBeLessThanOrEqual(2 * room + 6 * MAX_TEXT + 4);
    }),
  );
});

test("a body is JSON exactly if JSON.parse accepts it, byte for byte", () => {
  const broken = fc.oneof(
    fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", ",", "]", "0", "-", '"', "\\", "\u0001", "e", ".", "\u00a0", "\ud800"),
      )
      .map(
        ([json, at, more]) =>
          json.slice(0, at % (json.length + 1)) + more + json.slice((at + 1) % (json.length + 1)),
      ),
    fc.string({ unit: fc.constantFrom(...'{}[],:"\\u0019-+.eEtrufalsn \n\t'), maxLength: 12 }),
  );
  fc.assert(
    fc.property(broken, (text) => {
      const bytes = Buffer.from(text);
      expect(excerptJson(bytes, 0) !== undefined, text).toBe(isJson(bytesToText(bytes)));
    }),
    { numRuns: 3000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const types = fc.constantFrom(
  JSON_TYPE,
  FORM_TYPE,
  "text/plain",
  "application/vnd.x+json; charset=utf-8",
  undefined,
);

test("the payload of any bytes is whole up to the limits", () => {
  const starts = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((json) => Buffer.from(json)),
    fc
      .array(fc.tuple(texts, texts), { maxLength: 8 })
      .map((fields) =>
        Buffer.from(
          fields
            .map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${value}`)
            .join("&"),
        ),
      ),
  );
  const sizes = fc.constantFrom(0, MAX_WHOLE_VALUES + 1, MAX_WHOLE_BYTES + 1);
  fc.assert(
    fc.property(starts, sizes, types, (start, size, type) => {
      const body = Buffer.concat([
        start,
        Buffer.alloc(Math.max(0, size - start.length), start.length === 0 ? "x" : start),
      ]);
      const excerpt = excerptPayload(body, type);
      if (excerpt === undefined || excerpt.excess === undefined)
        expect(body.length).toBeLessThanOrEqual(MAX_WHOLE_BYTES);
      if (excerpt === undefined) return;
      const payload: unknown = JSON.parse(excerpt.json);
      if (excerpt.excess === undefined)
        expect(payload).toBe(bytesToText(body).replace(/^\uFEFF/, ""));
      expect(excerpt.json.length).toBeLessThan(6 * MAX_WHOLE_BYTES + 16);
    }),
    { numRuns: 60 },
  );
});

test("the excerpt of a long form has its fields, each cut, and JSON in payload is excerpted in place", () => {
  const long = "grüße 😀 ".repeat(200_000);
  const items = Array.from({ length: 50 }, (_, id) => ({ id, text: long.slice(0, 3000) }));
  const form = (fields: Readonly<Record<string, string>>) =>
    Buffer.from(
      Object.entries(fields)
        .map((pair) => pair.map(encodeURIComponent).join("="))
        .join("&"),
    );
  const payloadOf = (fields: Readonly<Record<string, string>>): unknown =>
    JSON.parse(excerptPayload(form(fields), FORM_TYPE)?.json ?? "");
  const payload = JSON.stringify({ items, more: long, version: "4" });
  const inner = {
    items: items.slice(0, MAX_ITEMS).map(({ id, text }) => ({ id, text: cut(text) })),
    more: cut(long),
    version: "4",
  };
  expect(payloadOf({ payload })).toEqual(inner);
  expect(payloadOf({ first: "1", payload, last: long, "": "x", ["__proto__"]: "y" })).toEqual({
    first: "1",
    payload: inner,
    last: cut(long),
    "": "x",
    ["__proto__"]: "y",
  });
  expect(payloadOf({ payload: `${payload}}`, a: "b" })).toEqual({
    payload: cut(`${payload}}`),
    a: "b",
  });
  const many = Buffer.from("a=1&b=2&".repeat(1_000_000));
  const list = (value: string) => Array.from({ length: MAX_ITEMS }, () => value);
  expect(JSON.parse(excerptPayload(many, FORM_TYPE)?.json ?? "")).toEqual({
    a: list("1"),
    b: list("2"),
  });
});
