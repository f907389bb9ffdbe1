/** A body of the largest size that is no text. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { ANYTHING, fn, idIn, startTestApp } from "../support/test-app.ts";

test("25 MiB of noise are stored to the last byte", async () => {
  await using app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: { nothing: fn("in", "export default () => 1;") },
  });
  const body = randomBytes(25 * 1024 * 1024);
  const id = await idIn(await app.send("in", { body: new Uint8Array(body) }));
  const stored = await (await app.api(`/messages/${id}/body`)).arrayBuffer();
  expect(Buffer.from(stored).equals(body)).toBe(true);
  expect((await app.ended(id)).status).toBe("SUCCESS");
});
