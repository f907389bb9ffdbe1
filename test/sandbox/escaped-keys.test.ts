/**
 * V8's `JSON.parse` takes some escaped keys for keys of an object before. A sender must not be able to change the keys of
 * another sender's message.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseForShow } from "../../src/model/exact-json.ts";
import { parseJson } from "../../src/model/parse-json.ts";
import { parseExact } from "../../src/sandbox/guest/exact-json.ts";
import { SharedApp } from "../support/shared-app.ts";
import { fn, idIn, SYNC } from "../support/test-app.ts";

/** Every short key is the beginning of the source of another. */
const KEY = fc.oneof(
  fc.string({
    unit: fc.constantFrom("\\", '"', "\n", "a", "/", "é", "u", "0", "\u2028"),
    maxLength: 4,
  }),
  fc.constantFrom("x", "__proto__", "7", "\\u0", "a\\", "text\\/htm"),
);
const { value: VALUE } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(1, null, '"', "\\", ":", '{"\\n":1}'),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(KEY, tie("value")), { maxLength: 4 }).map(Object.fromEntries),
  ),
}));

/** With every character of a text that can be escaped as an escape: the way some languages write JSON. */
const escapedMore = (json: string) =>
  json.replaceAll("/", "\\/").replaceAll("é", "\\u00e9").replaceAll("\u2028", "\\u2028");

test("whatever was parsed before, a parsed text has its own keys in their order", () => {
  for (const parse of [parseJson, parseForShow, (json: string) => parseJson(json, parseExact)])
    fc.assert(
      fc.property(VALUE, fc.boolean(), (value, more) => {
        const json = JSON.stringify(value);
        // Leaves the keys in the parser's memory, as a script does that parses JSON itself.
        JSON.parse(json);
        expect(JSON.stringify(parse(more ? escapedMore(json) : json))).toBe(json);
      }),
      { numRuns: 1500 },
    );
});

test("of keys that are written in several ways the last counts, and invalid JSON stays invalid", () => {
  JSON.parse('{"x":1,"\\\\":2}');
  expect(parseJson('{"x":1,"\\n":2,"\\u000a":3}')).toEqual({ x: 1, "\n": 3 });
  const deep = `${'{"\\n":'.repeat(20_000)}1${"}".repeat(20_000)}`;
  expect(Object.keys(Object(parseJson(deep)))).toEqual(["\n"]);
  for (const json of ['{"a"\\u003a":2"}', '{"\\n":1', '{"\\":1}', '\\":', '{"a\\":1}', '"\\'])
    expect(() => parseJson(json), json).toThrow(SyntaxError);
});

const shared = new SharedApp();
const KEYS = "Object.keys(payload).join() + Object.keys(query).join()";
const SCRIPTS = {
  providers: {
    anything: {
      json: { priority: 1 },
      script: `export default () => true; export const eventType = ({ payload, query }) => ${KEYS};`,
    },
  },
  functions: {
    keys: fn("keys", `export default ({ payload, query }) => ${KEYS};`),
    exact: fn("exact", `export default ({ payload, query }) => ${KEYS};`, { numbers: "exact" }),
    kept: fn(
      "kept",
      `export default async ({ payload }, ctx) => {
        await ctx.kv.set("a", payload);
        return Object.keys(await ctx.kv.get("a"));
      };`,
    ),
  },
};

test("the keys that scripts read are those of their message, whatever other senders sent", async () => {
  const app = await shared.with(SCRIPTS);
  const send = async (uri: string, body: string) => {
    const view = await app.ended(await idIn(await app.send(uri, { ...SYNC, body })));
    return [view.eventType, view.executions[0]?.result];
  };
  for (const uri of ["keys?", "exact?"]) {
    for (const poison of ['{"x":1,"\\\\":1}', '{"x":1,"text\\\\/htm":1}', '{"\\\\u0":1}'])
      await send(`${uri}x=1&%5C=1`, poison);
    for (const [body, keys] of [
      ['{"x":1,"\\"":1}', 'x,"'],
      ['{"x":1,"text\\/html":1}', "x,text/html"],
      ['{"\\u00e9t\\u00e9":1}', "été"],
    ] as const)
      expect(await send(`${uri}x=1&%22=1`, body)).toEqual([`${keys}x,"`, `${keys}x,"`]);
  }
  await send("kept", '{"x":1,"\\\\":1}');
  expect((await send("kept", '{"x":1,"\\n":1}'))[1]).toEqual(["x", "\n"]);
});
