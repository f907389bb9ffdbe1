/** `expensive-messages.test.ts` with each kind of expensive message, more of them at once, and the largest sizes. */
import { test, vi } from "vitest";
import { ExpensiveApp, expectWhole, OTHERS, SENT } from "./expensive.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const server = new ExpensiveApp();

test.each(OTHERS)("%s: an honest push meanwhile is answered as fast as before", async (_, make) => {
  await server.expectOthersAsBefore(make());
});

test("eighty at once end no matching process of other messages, and matching works afterwards", async () => {
  await server.expectMatchingSurvives(80);
});

test.each(SENT)(
  "a group of alerts of 20 MB, sent %s, reaches its function whole",
  async (_, make) => {
    await expectWhole(server, make, 20_000_000);
  },
);
