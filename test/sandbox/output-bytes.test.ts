/** Output is measured in bytes of UTF-8, and a frame that is too large is assigned to its request. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameError, FrameReader } from "../../src/sandbox/wire/frames.ts";
import { utf8Length } from "../../src/sandbox/wire/raw-text.ts";

test("a frame that is too large is still assigned to its run", () => {
  const head = Buffer.from(
    `{"type":"ran","id":4711,"report":{"logs":[],"result":"${"x".repeat(2000)}`,
  );
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32BE(3000, 0);
  const push = () => new FrameReader(1000).push(Buffer.concat([sizes, head]));
  expect(push).toThrow(FrameError);
  expect(push).toThrow(
    expect.objectContaining({ beginning: expect.stringContaining('"id":4711,') }),
  );
});

test("errors for scripts have the size of a text as it is counted", () => {
  const unit = fc.constantFrom("a", "é", "界", "🎉", "\ud83d", "\udc00", "\u0001", "\uffff");
  fc.assert(
    fc.property(fc.array(unit), (units) => {
      expect(utf8Length(units.join(""))).toBe(Buffer.byteLength(units.join("")));
    }),
  );
});
