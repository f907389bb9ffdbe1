/** Cached positions of types give the same code again, and the cache holds nothing of the script. */
import { expect, test } from "vitest";
import { stripTypes } from "../../src/sandbox/script/strip-types.ts";
import { TypeCache } from "../../src/sandbox/script/type-cache.ts";

const SCRIPTS = [
  "export default () => 1;",
  "",
  "export default (event: { readonly secret: string }): boolean => event.secret === 'secret';",
  "interface Secret {\n  /** — é \u{1f600} */\n  secret: string;\r\n}\nexport default () => 1 as unknown as\n Secret;",
  // These types must be replaced by other code.
  "let secret = 1\ntype Secret = { secret: '—\u{1f600}' }\n(secret)",
  "export default async (\n): Promise<\nstring> => 'secret';",
];

function strippingWith(rows: Map<string, readonly string[]>) {
  const keep = (key: string, blanks: readonly string[]) => void rows.set(key, blanks);
  return new TypeCache({ find: (key) => rows.get(key), keep });
}

test.each(SCRIPTS)("%j has the same code without types from the cache", async (script) => {
  const rows = new Map<string, readonly string[]>();
  const first = strippingWith(rows);
  expect(await first.strip(script)).toEqual(await stripTypes(script));
  expect(rows.size).toBe(0);
  first.keep();
  expect(rows.size).toBe(1);
  expect(JSON.stringify([...rows])).not.toMatch(/secret|string/i);
  const again = strippingWith(rows);
  expect(await again.strip(script)).toEqual(await stripTypes(script));
  // The types were not searched again.
  rows.clear();
  again.keep();
  expect(rows.size).toBe(0);
});

test.each([["words"], ["3+4000"], ["9+1", "3+1"], ["3"]])(
  "an invalid cache entry is replaced: %j",
  async (...row) => {
    const [, , script = ""] = SCRIPTS;
    const rows = new Map<string, readonly string[]>();
    const first = strippingWith(rows);
    await first.strip(script);
    first.keep();
    for (const key of rows.keys()) rows.set(key, row);
    const again = strippingWith(rows);
    expect(await again.strip(script)).toEqual(await stripTypes(script));
    again.keep();
    expect([...rows.values()]).not.toEqual([row]);
  },
);

test("a script that cannot be stripped is not cached", async () => {
  const rows = new Map<string, readonly string[]>();
  const types = strippingWith(rows);
  expect(await types.strip("enum Colour { red }")).toMatchObject({ kind: "COMPILE_ERROR" });
  types.keep();
  expect(rows.size).toBe(0);
});
