/** `atob` and `btoa` behave in an isolate as they do in Node. */
import fc from "fast-check";
import { afterAll, test } from "vitest";
import { compareRandom, compareTable, startIsolates } from "../../support/both-worlds.ts";

const isolates = startIsolates();
afterAll(() => isolates[Symbol.asyncDispose]());

const ENCODED = [
  "",
  "abcd",
  " abcd",
  "abcd ",
  " ab cd ",
  "ab\tcd",
  "ab\ncd",
  "ab\fcd",
  "ab\rcd",
  "ab\u00a0cd",
  "ab\u000bcd",
  "ab\u0000cd",
  "a",
  "ab",
  "abc",
  "abcde",
  "abcdef",
  "=",
  "==",
  "===",
  "a=",
  "a==",
  "a===",
  "ab=",
  "ab==",
  "ab===",
  "ab====",
  "abc=",
  "abc==",
  "abcd=",
  "abcd==",
  "ab=c",
  "ab=cd",
  "abcde=",
  "abcde==",
  "abcde===",
  "=a",
  "=abc",
  "A",
  "/A",
  "//A",
  "///A",
  "-_==",
  "ab+/",
  "aé==",
  "a€==",
  "zz==",
  "zzz=",
  "zz",
  "zzz",
  "ab= =",
  " a b = = ",
  "ab ==",
  "\ud800",
];

test("decoding is forgiving, and only so far", () =>
  compareTable(isolates, [
    ...ENCODED.map((text) => `atob(${JSON.stringify(text)})`),
    ...[
      "",
      "undefined",
      "null",
      "1",
      "12",
      "true",
      "NaN",
      "[]",
      "{}",
      "Symbol()",
      "{ toString: () => 'abcd' }",
    ].map((value) => `atob(${value})`),
  ]));

test("encoding takes bytes only", () =>
  compareTable(isolates, [
    ...["", "a", "ab", "abc", "abcd", "\u0000", "\u00ff", "\u0100", "é", "€", "😀", "a\u0100"].map(
      (text) => `btoa(${JSON.stringify(text)})`,
    ),
    ...["", "undefined", "null", "7", "1.5", "true", "{}", "Symbol()"].map(
      (value) => `btoa(${value})`,
    ),
    "[atob.length, btoa.length, atob.name, btoa.name]",
  ]));

test("random bytes, there and back", () =>
  compareRandom(
    isolates,
    fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }),
    "(bytes) => { const text = String.fromCharCode(...bytes); return [btoa(text), atob(btoa(text)) === text]; }",
  ));

test("random text that may be base64", () =>
  compareRandom(
    isolates,
    fc.string({ unit: fc.constantFrom(..."abAZ09+/=== \n\t-_é".split("")), maxLength: 12 }),
    "(text) => atob(text)",
  ));
