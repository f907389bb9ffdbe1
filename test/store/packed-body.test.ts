/** Bodies are compressed in the database, and read back byte for byte. */
import { hash, randomBytes } from "node:crypto";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { packBody, unpackBody } from "../../src/store/messages/packed-body.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const KB = 1024;
const ECHO = "export default (event, ctx) => ctx.crypto.hash('sha256', event.rawBody);";

test("any body is read back unchanged", () => {
  const parts = fc.array(fc.oneof(fc.uint8Array({ maxLength: 700 }), fc.string()), {
    maxLength: 9,
  });
  const whole = fc.tuple(parts, fc.nat({ max: 40 }));
  const ofAll = whole.map(([some, times]) =>
    Buffer.concat(
      Array.from({ length: times }, () => some.map((part) => Buffer.from(part))).flat(),
    ),
  );
  fc.assert(
    fc.property(ofAll, (body) => {
      const stored = packBody(body);
      expect(stored.length).toBeLessThanOrEqual(body.length);
      expect(unpackBody(stored, body.length).equals(body)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

const text = (bytes: number) =>
  Buffer.from(JSON.stringify({ lines: "one line of a log\n".repeat(bytes / 19) }));
const BODIES: readonly (readonly [name: string, body: Buffer, isPacked: boolean])[] = [
  ["none", Buffer.alloc(0), false],
  ["short", Buffer.from('{"a":1}'), false],
  ["JSON", text(8 * KB), true],
  ["zeros", Buffer.alloc(64 * KB), true],
  ["what cannot be packed", randomBytes(64 * KB), false],
  ["too large to pack at once", text(2048 * KB), false],
];

test("reading, running, and searching use the original bytes, for compressed and other bodies", async () => {
  await using app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: { echo: fn("echo", ECHO) },
  });
  const ids: string[] = [];
  for (const [, body] of BODIES) {
    const response = await app.send("echo", { body, headers: { "content-type": "text/plain" } });
    ids.push(await idIn(response));
  }
  for (const [index, [name, body]] of BODIES.entries()) {
    const id = ids[index] ?? "";
    const view = await app.ended(id);
    const digest = hash("sha256", body);
    expect(view.executions[0]?.result, name).toBe(digest);
    const shown = await app.api(`/messages/${id}/body`);
    expect(Buffer.from(await shown.arrayBuffer()).equals(body), name).toBe(true);
  }
  expect(lengthsOf(app, ids)).toEqual(BODIES.map(([, body, isPacked]) => isPacked || body.length));
  const found = await app.api(`/messages?q=${encodeURIComponent("one line of a log")}`);
  const { items } = (await found.json()) as { items: { id: string }[] };
  expect(items.map(({ id }) => id)).toEqual([ids[5], ids[2]]);
});

/** The stored length of each body; true when it is less than half of the size of the body. */
function lengthsOf({ folder }: TestApp, ids: readonly string[]): readonly (number | true)[] {
  const sqlite = new Database(join(folder, "data", "hookyard.db"), { readonly: true });
  const read = sqlite.prepare<[string], { readonly stored: number; readonly bytes: number }>(
    `SELECT length(body) AS stored, body_bytes AS bytes
     FROM content JOIN message ON id = message_id WHERE id = ?`,
  );
  const lengths = ids.map((id) => {
    const { stored = -1, bytes = -1 } = read.get(id) ?? {};
    return stored < bytes / 2 ? true : stored;
  });
  sqlite.close();
  return lengths;
}
