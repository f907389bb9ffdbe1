/** Invalid values of `when` in `provider.json` are refused with an error that names the expected value. */
import { expect, test } from "vitest";
import { z } from "zod";
import { providerFileSchema } from "../../src/registry/provider-file.ts";

const fileOf = (when: unknown) => ({ name: "acme", priority: 1, when });

const REFUSED: readonly (readonly [what: string, when: unknown, says: RegExp])[] = [
  [
    "an empty object",
    {},
    /expected at least one of method, headers, uri, contentType, maxBodyBytes and payloadKeys/,
  ],
  ["an empty list", [], /expected at least one condition/],
  [
    "an empty object in a list",
    [{ method: ["GET"] }, {}],
    /expected at least one of method[\s\S]* at when\[1\]/,
  ],
  ["an unknown key", { methods: ["POST"] }, /Unrecognized key: "methods"/],
  ["an unknown key in a list", [{ header: {} }], /Unrecognized key: "header"/],
  ["a text", "x-github-event", /expected an object of conditions, or a list of them/],
  ["null", null, /expected an object of conditions, or a list of them/],
  ["no method", { method: [] }, /method/],
  [
    "a method in small letters",
    { method: ["post"] },
    /expected a method in capital letters, such as "POST"[\s\S]* at when\.method\[0\]/,
  ],
  ["a method that is no list", { method: "POST" }, /method: .*expected array/],
  ["no header", { headers: {} }, /expected at least one header/],
  [
    "a header with a blank",
    { headers: { "x event": true } },
    /headers\.x event: expected a header name/,
  ],
  ["a pattern for a name", { headers: { "x-*": true } }, /`\*` stands in values only/],
  [
    "a number for a header",
    { headers: { a: 1 } },
    /headers\.a: expected true \(present\), false \(absent\) or a pattern/,
  ],
  [
    "an empty pattern",
    { headers: { a: "" } },
    /expected a pattern of 1 to 200 characters[\s\S]* at when\.headers\.a/,
  ],
  [
    "a header twice",
    { headers: { "X-A": true, "x-a": false } },
    /two names differ in letter case alone/,
  ],
  [
    "a name that objects have",
    JSON.parse('{"headers":{"__proto__":true,"a":true}}'),
    /found __proto__/,
  ],
  ["a slash at the end", { uri: "git/" }, /a URI has no slash at its start or end/],
  ["two stars within a segment", { uri: "git**" }, /`\*\*` stands for whole segments/],
  ["a named segment", { uri: "git/:name" }, /expected `\*` for a segment/],
  [
    "parameters of a type",
    { contentType: ["application/json; charset=utf-8"] },
    /expected a media type without parameters[\s\S]* at when\.contentType\[0\]/,
  ],
  ["fewer bytes than none", { maxBodyBytes: -1 }, /maxBodyBytes/],
  ["a pattern without end", { headers: { a: "*".repeat(201) } }, /1 to 200 characters/],
  [
    "conditions without end",
    Array.from({ length: 21 }, () => ({ method: ["GET"] })),
    /at most 20 conditions/,
  ],
];

test.each(REFUSED)("%s is refused with an error in plain words", (_what, when, says) => {
  const { error } = providerFileSchema.safeParse(fileOf(when));
  expect(error === undefined ? "" : z.prettifyError(error)).toMatch(says);
});
