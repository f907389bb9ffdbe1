/** The same as `expensive-messages` with every way to make a message expensive, more of them at once, and the largest. */
import { test, vi } from "vitest";
import { ExpensiveApp, expectWhole, OTHERS, SENT } from "./expensive.ts";

// Enough for a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const server = new ExpensiveApp();

test.each(OTHERS)("%s: an honest push meanwhile is answered as before", async (_, make) => {
  await server.expectOthersAsBefore(make());
});

test("eighty at once end no matching process of other messages, and matching works afterwards", async () => {
  await server.expectMatchingSurvives(80);
});

test.each(SENT)(
  "a group of alerts of 20 MB, sent %s, is given to its function whole",
  async (_, make) => {
    await expectWhole(server, make, 20_000_000);
  },
);
