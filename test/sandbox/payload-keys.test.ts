/** The keys that a `when` may name are those of `event.payload`, or are left to the sandbox process. */
import { describe, expect, test } from "vitest";
import { RequestHead } from "../../src/model/request-head.ts";
import { compileWhen } from "../../src/model/when.ts";
import { payloadKeys } from "../../src/sandbox/child/excerpt/payload-keys.ts";
import { parsePayload } from "../../src/sandbox/guest/payload.ts";

const keysOf = (body: string | Buffer, contentType?: string) => {
  const keys = payloadKeys(Buffer.from(body), contentType);
  return keys && [...keys];
};

describe("the keys are those of the parsed payload", () => {
  test.each([
    ["an object", '{"a":1,"b":{"c":[2,{"d":3}]},"e":"}"}'],
    ["an empty object", " { } "],
    ["white space everywhere", '\r\n\t { "a" : 1 , "b" : [ ] } \n'],
    ["keys with escapes", String.raw`{"\u0061lerts":1,"a\"b":2,"\ud83d\ude00":3}`],
    ["keys of other alphabets", '{"schlüssel":1,"鍵":2}'],
    ["the same key twice", '{"a":1,"b":2,"a":3}'],
    ["keys of Object.prototype", '{"__proto__":1,"constructor":2,"":3}'],
    ["a byte order mark", '\uFEFF{"a":1}'],
    ["a list", '[{"a":1}]'],
    ["an empty list", "[]"],
    ["a text in JSON", '"a"'],
    ["a number in JSON", "1"],
    ["plain text", "hello {}"],
    ["an empty body", ""],
  ])("%s", (_what, body) => {
    const payload = parsePayload(body, "application/json");
    const isObject = typeof payload === "object" && !Array.isArray(payload);
    const keys = isObject ? Object.keys(Object(payload)) : [];
    expect(keysOf(body, "application/json")?.toSorted()).toEqual(keys.toSorted());
  });

  test("a form", () => {
    const body = "a=1&b%20c=2&a=3&d";
    expect(keysOf(body, "application/x-www-form-urlencoded; charset=utf-8")).toEqual([
      "a",
      "b c",
      "d",
    ]);
  });
});

test.each([
  ["UTF-16", Buffer.from('{"ä":1}', "utf16le"), "application/json", ["ä"]],
  ["UTF-16, high byte first", Buffer.from('{"ä":1}', "utf16le").swap16(), "text/plain", ["ä"]],
  ["Latin-1", Buffer.from('{"ä":1}', "latin1"), "application/json; charset=iso-8859-1", ["ä"]],
  // The second byte of this character is a backslash.
  ["Shift_JIS", Buffer.from("7b22835c223a317d", "hex"), "text/json; charset=shift_jis", ["ソ"]],
  ["a form in Latin-1", "%E4=1", "application/x-www-form-urlencoded; charset=latin1", ["ä"]],
  [
    "a form whose first name begins with an escaped bracket",
    "%5Ba%5D=1&n=%E9",
    "application/x-www-form-urlencoded; charset=windows-1252",
    ["[a]", "n"],
  ],
  ["text of a declared charset", "x", 'text/plain; Charset="utf-16"', []],
])("keys in %s are those of the decoded text", (_what, body, contentType, keys) => {
  expect(keysOf(body, contentType)).toEqual(keys);
});

test.each([
  ["broken JSON", '{"a":1,', "application/json"],
  ["JSON with something behind it", '{"a":1} x', "application/json"],
  ["an empty object with something behind it", "{}{}", "application/json"],
  ["JSON with something behind a member", '{"a":1 "b":2}', "application/json"],
  ["JSON in a field of a form", "payload=%7B%22a%22%3A1%7D", "application/x-www-form-urlencoded"],
  ["parts", "--x\r\n", "multipart/form-data; boundary=x"],
  ["parts behind text", '{"a":1}\r\n--x\r\n', "multipart/form-data; boundary=x"],
  ["a body of more than a megabyte", `{"a":"${"x".repeat(1024 * 1024)}"}`, "application/json"],
  ["a form of more than 64 KiB", `a=${"x".repeat(64 * 1024)}`, "application/x-www-form-urlencoded"],
  ["more than a thousand keys", `{${Array.from({ length: 1001 }, (_, at) => `"k${at}":0`)}}`, ""],
])("%s is left to the script", (_what, body, contentType) => {
  expect(keysOf(body, contentType)).toBeUndefined();
});

test("conditions on payload keys are left to the sandbox process, if the head meets the rest", () => {
  const check = compileWhen([
    { method: ["PUT"], payloadKeys: ["a"] },
    { method: ["POST"], payloadKeys: ["b", "c"] },
    { payloadKeys: ["d"] },
  ]);
  const head = new RequestHead({ method: "POST", basePath: "", path: "/", headers: [] }, 2);
  expect(check(head)).toEqual({ payloadKeys: [["b", "c"], ["d"]] });
  const other = compileWhen([{ method: ["POST"] }, { payloadKeys: ["d"] }]);
  expect(other(head)).toEqual({});
});
