/** Which errors are one problem: texts of real errors that differ by the message, and texts of different causes. */
import { expect, test } from "vitest";
import type { ScriptFailure } from "../../src/model/failure-kind.ts";
import {
  failureCause,
  problemKey,
  rejectionCause,
  unmatchedCause,
} from "../../src/model/problem.ts";
import { textShape, uriShape } from "../../src/model/text-shape.ts";

/** What V8 says of a text that is not JSON. */
function jsonError(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    return String(Object(error).message);
  }
  return "";
}

test.each([
  [jsonError("hello"), jsonError("hurt, and not JSON")],
  [jsonError("[1, 2 x]"), jsonError('["é", 22222 y]')],
  [jsonError('{"a":1,}'), jsonError('{"abc": "defghi", "x":12345,}')],
  ["cannot find order 1234 of acme", "cannot find order 77 of acme"],
  ["order ord_1NxZ8aQ is gone", "order ord_77ab12 is gone"],
  [
    "job 0198c2aa-7b1e-7c3d-9f00-0123456789ab failed",
    "job ffffffff-0000-4000-8000-000000000000 failed",
  ],
  ["commit 9fceb02 is missing", "commit 1d3ab7e40c is missing"],
  ["no branch 'main' in \"octo/hello\"", 'no branch \'it\'s fine\' in "a/\\"b\\""'],
  [
    "GET https://api.example.com/repos/octo/hello?page=2 was answered 404",
    "GET https://api.example.com/x was answered 500",
  ],
  ["connect ECONNREFUSED 10.0.0.1:8080", "connect ECONNREFUSED 192.168.7.14:81"],
  ["took 1.5 s, at most 1 s", "took 12,345 s, at most 30 s"],
  ["expired at 2026-01-31T12:00:00.123Z", "expired at 2025-12-01T00:00:00Z"],
  ["no account for jo.doe@example.org", "no account for x@y.example"],
  [`found "${"a".repeat(3000)}"`, `found "${"b c ".repeat(900)}"`],
])("%j and %j are one cause", (one, other) => {
  expect(one).not.toBe(other);
  expect(textShape(one)).toBe(textShape(other));
});

test.each([
  ["can't open the user's file", "can't close the user's file"],
  ["Cannot read properties of undefined", "Cannot read properties of null"],
  ["event.payload.push is not a function", "event.payload.pull is not a function"],
  ["connect ECONNREFUSED 10.0.0.1:80", "connect ETIMEDOUT 10.0.0.1:80"],
  ["unknown digest sha256", "unknown digest utf8"],
  ["GET https://a.example.com/x failed", "GET https://b.example.com/x failed"],
  ["customer cus_123 is gone", "subscription sub_123 is gone"],
  [jsonError(""), jsonError("hello")],
])("%j and %j are two causes", (one, other) => {
  expect(textShape(one)).not.toBe(textShape(other));
});

test("a quoted text of the script itself tells causes apart, one of the message does not", () => {
  const line = `>   3 | throw new Error('expected "name" or "title", found ' + JSON.stringify(found));`;
  expect(textShape('no "name" here', line)).not.toBe(textShape('no "title" here', line));
  expect(textShape('found "this"', line)).toBe(textShape('found "that one"', line));
});

const failure: ScriptFailure = {
  kind: "SCRIPT_ERROR",
  name: "Error",
  message: "no order 12",
  line: 3,
  column: 9,
  stack: "at find (index.ts:3:9)\nat default (index.ts:10:3)",
};
const keyOf = (changes: Partial<ScriptFailure> = {}, name = "orders") =>
  problemKey(failureCause("shop", name, { ...failure, ...changes }));

test.each<Partial<ScriptFailure>>([
  { message: "no order 99999" },
  { stack: "at find (index.ts:3:9)\nat find (index.ts:3:9)\nat default (index.ts:10:3)" },
  { stack: "Error: no order 12\n    at find (index.ts:3:9)\n    at async default (index.ts:10:3)" },
])("a failure that differs in %j is the same problem", (changes) => {
  expect(keyOf(changes)).toBe(keyOf());
});

test.each<Partial<ScriptFailure>>([
  { kind: "EGRESS_DENIED" },
  { name: "TypeError" },
  { message: "no customer 12" },
  { line: 4 },
  { column: 30 },
  { file: "functions/_lib/find.ts" },
  { stack: "at find (index.ts:3:9)\nat default (index.ts:17:3)" },
])("a failure that differs in %j is another problem", (changes) => {
  expect(keyOf(changes)).not.toBe(keyOf());
});

test("functions have problems of their own, and a limit is one problem wherever in its line it ends a script", () => {
  expect(keyOf({}, "invoices")).not.toBe(keyOf());
  const limit = { kind: "CPU_LIMIT", name: "CpuLimit" } as const;
  expect(keyOf({ ...limit, column: 5, stack: "" })).toBe(keyOf(limit));
});

test("rejections are grouped by provider and reason, unmatched messages by provider and shape of the URI", () => {
  const rejected = (provider: string, reason: string) =>
    problemKey(rejectionCause(provider, { reason }));
  const stale = rejected("stripe", "the timestamp is 301 s old");
  expect(rejected("stripe", "the timestamp is 4711 s old")).toBe(stale);
  expect(rejected("stripe", "the signature does not match")).not.toBe(stale);
  expect(rejected("slack", "the timestamp is 301 s old")).not.toBe(stale);
  const unmatched = (uri: string, provider: string | null = null) =>
    problemKey(unmatchedCause(provider, uri));
  expect(unmatched("orders/17/paid")).toBe(unmatched("orders/40123/paid"));
  expect(unmatched("orders/17/paid")).not.toBe(unmatched("orders/17/sent"));
  expect(unmatched("x", "github")).not.toBe(unmatched("x"));
  expect(["v1/hooks", "v2/hooks", "a/12", "a/b-2026-01"].map(uriShape)).toEqual([
    "v1/hooks",
    "v2/hooks",
    "a/#",
    "a/#",
  ]);
});

test("a text made to be slow is shaped in bounded time", () => {
  const startedAt = performance.now();
  for (const part of ["'a ", '"a ', "`", "a@", "0.", "http://", "_1", "\\"])
    expect(textShape(part.repeat(100_000)).length).toBeLessThan(2000);
  expect(performance.now() - startedAt).toBeLessThan(20_000);
});
