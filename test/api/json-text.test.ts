/** The stored text of a value is the text of the value that `JSON.parse` gives. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonText, keepText } from "../../src/admin/json-text.ts";

/** Generates JSON with white space at any place and with objects that have duplicate keys. */
const { json } = fc.letrec<{ json: string; space: string; member: string }>((tie) => {
  const list = (items: fc.Arbitrary<string>, [open, close]: readonly [string, string]) =>
    fc
      .tuple(tie("space"), fc.array(items, { maxLength: 4 }), tie("space"))
      .map(([before, all, after]) => `${before}${open}${all.join(",")}${before}${close}${after}`);
  return {
    space: fc.constantFrom("", " ", "\n\t"),
    member: fc
      .tuple(fc.constantFrom("a", "b", "*", "\\u0061", "]"), tie("space"), tie("json"))
      .map(([key, space, value]) => `${space}"${key}"${space}:${value}`),
    json: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.json({ maxDepth: 0 }),
      list(tie("json"), ["[", "]"]),
      list(tie("member"), ["{", "}"]),
    ),
  };
});

const kept = (value: unknown): unknown =>
  value instanceof JsonText ? JSON.parse(value.text) : value;

test("the stored text of any body is what `JSON.parse` gives, with duplicate keys too", () => {
  fc.assert(
    fc.property(json, fc.constantFrom(["a"], ["*", "a"], ["a", "*"], ["b", "a"]), (text, path) => {
      const result = keepText(JSON.parse(text), text, path);
      const plain = JSON.stringify(result, (_, value) => kept(value));
      expect(plain).toBe(JSON.stringify(JSON.parse(text)));
      const parsed = Object(JSON.parse(text)).a;
      if (path.length === 1 && typeof parsed === "object" && parsed !== null)
        expect(Object(result).a).toBeInstanceOf(JsonText);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['{"a":{"b":"x "},"a":[]}', "[]"],
  ['{"a":[{"b":1}],"a":{"x":1}}', '{"x":1}'],
  ['{"a":1e2,"\\u0061":1e3}', "1e3"],
])("the last value of a key counts: %s", (text, expected) => {
  const result = keepText(JSON.parse(text), text, ["a"]);
  expect(result).toEqual({ a: new JsonText(expected) });
  expect(() => keepText(JSON.parse(text), text, ["a", "b"])).not.toThrow();
});
