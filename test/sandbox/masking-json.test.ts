/** The texts, keys and numbers of a result are masked, it stays JSON, and many secrets cost no more time than one. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { maskJson } from "../../src/sandbox/child/json-mask.ts";
import { createMask, type Mask } from "../../src/sandbox/child/mask.ts";

const maskOfSecrets = (values: readonly string[]): Mask =>
  createMask({
    properties: Object.fromEntries(values.map((value, index) => [`s${index}`, [value]])),
    secrets: values.map((_, index) => `s${index}`),
  });

/**
 * The expected result: texts, keys and numbers of the value masked one by one. It is compared as text, because V8's
 * `JSON.parse` takes the key `"\n"` for a lone backslash if an earlier object had that key.
 */
function expected(value: unknown, mask: Mask): string {
  if (typeof value === "string") return JSON.stringify(mask.apply(value));
  if (typeof value === "number") {
    const text = JSON.stringify(value);
    const masked = mask.apply(text);
    return masked === text ? text : JSON.stringify(masked);
  }
  if (Array.isArray(value)) return `[${value.map((part) => expected(part, mask)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, part]) => `${JSON.stringify(mask.apply(key))}:${expected(part, mask)}`,
  );
  return `{${entries.join(",")}}`;
}

const SECRETS = ['Kq7"Zw\n界\\V', "8642", "QwZxRtVb", "\\\\\\"];
const SAID = fc.string({
  unit: fc.constantFrom(...SECRETS, ...SECRETS, '"', "\\", "a", "{", ",", "🎉", "\ud83d", "\u0001"),
  maxLength: 5,
});
const NUMBER = fc.oneof(
  fc.constantFrom(8642, 1.8642, -8642e30, 86_420, 1e-7, 42),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
);
const { value: VALUE } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    SAID,
    NUMBER,
    fc.constantFrom(true, null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(SAID, tie("value"), { maxKeys: 4 }),
  ),
}));

test("texts, keys and numbers of any result are masked as if each were alone", () => {
  const mask = maskOfSecrets(SECRETS);
  fc.assert(
    fc.property(VALUE, (value) => {
      const json = JSON.stringify(value);
      expect(maskJson(json, mask)).toBe(expected(value, mask));
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["numbers", () => new Array(400_000).fill(1)],
  [
    "keys",
    () => Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`k${n.toString(36)}`, 1])),
  ],
  ["texts", () => Array.from({ length: 20_000 }, (_, n) => `text${n}`.padEnd(36, "x"))],
])("a result of many %s costs hardly more with many secrets than with one", (_, make) => {
  const secretOf = (index: number) => `a-secret-${index}-`.padEnd(40, "abcdefgh");
  const json = JSON.stringify([make(), secretOf(0)]);
  const costOf = (secrets: number) => {
    const mask = maskOfSecrets(Array.from({ length: secrets }, (__, index) => secretOf(index)));
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const startedAt = performance.now();
      expect(maskJson(json, mask)).toContain("[s0]");
      best = Math.min(best, performance.now() - startedAt);
    }
    return best;
  };
  costOf(1);
  expect(costOf(30)).toBeLessThan(6 * costOf(1) + 20);
});
