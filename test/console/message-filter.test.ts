/** What the console makes of typed filters and of JSON, without a browser. */
import { expect, test } from "vitest";
import { foundRows, valueText, visibleRows } from "../../src/console/pages/message/json-rows.ts";
import { apiQuery, formatFilter, parseFilter } from "../../src/console/pages/messages/filter.ts";

test.each([
  ["provider:github status:failed", { provider: "github", status: "FAILED" }],
  ['"octo/hello" fn:push', { q: "octo/hello", function: "push" }],
  ["two words", { q: "two words" }],
  ['"status:FAILED"', { q: "status:FAILED" }],
  ['uri:"a b" "say \\"hi\\""', { uri: "a b", q: 'say "hi"' }],
  ["last:24h resubmitted:false", { last: "24h", resubmitted: "false" }],
  ["from:2026-01-31T08:00Z", { from: "2026-01-31T08:00:00.000Z" }],
  ["", {}],
])("the filter %s is understood, and its text is read back the same", (text, filter) => {
  expect(parseFilter(text)).toEqual({ filter, problems: [] });
  expect(parseFilter(formatFilter(filter)).filter).toEqual(filter);
});

test.each([
  ["state:FAILED", 'put it in quotes: "state:FAILED"'],
  ["status:DONE", "write one of PENDING"],
  ["from:soon", "from:soon is no time"],
  ["last:3", "last:3 is no span"],
  ["resubmitted:maybe", "neither true nor false"],
])("the filter %s is refused with what to write instead", (text, problem) => {
  expect(parseFilter(text).problems.join("\n")).toContain(problem);
});

test("a span is counted back from now", () => {
  const now = Date.parse("2026-01-31T12:00:00Z");
  expect(apiQuery({ last: "15m" }, now)).toEqual({ from: "2026-01-31T11:45:00.000Z" });
});

test("JSON of 20,000 levels becomes rows, and is searched, without an overflow", () => {
  const depth = 20_000;
  const value: unknown = JSON.parse(`${'{"a":['.repeat(depth / 2)}"end"${"]}".repeat(depth / 2)}`);
  expect(visibleRows(value, () => true)).toHaveLength(depth + 1);
  expect(foundRows(value, "END")).toHaveLength(1);
});

test("a path is written as a script writes it, whatever the names are", () => {
  const value: unknown = JSON.parse('{"a":{"b c":[{"__proto__":1}]},"text":"x"}');
  const paths = visibleRows(value, () => true).map(({ path }) => path);
  expect(paths).toEqual([
    "event.payload",
    "event.payload.a",
    'event.payload.a["b c"]',
    'event.payload.a["b c"][0]',
    'event.payload.a["b c"][0].__proto__',
    "event.payload.text",
  ]);
  const [root] = visibleRows(value, () => false);
  expect(root === undefined ? "" : valueText(root)).toBe("{ 2 }");
});
