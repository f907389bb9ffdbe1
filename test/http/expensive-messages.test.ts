/**
 * Messages that are expensive to match: other senders are answered as fast as before, and large messages of known kinds
 * still match.
 */
import { test, vi } from "vitest";
import { ExpensiveApp, expectWhole, REPRESENTATIVE, SENT } from "./expensive.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const server = new ExpensiveApp();

test.each(REPRESENTATIVE)(
  "%s: an honest push meanwhile is answered as fast as before",
  async (_, make) => {
    await server.expectOthersAsBefore(make());
  },
);

test("thirty at once end no matching process of other messages, and matching works afterwards", async () => {
  await server.expectMatchingSurvives(30);
});

test.each(SENT)(
  "a group of alerts of any size, sent %s, matches and reaches its function whole",
  async (_, make) => {
    for (const bytes of [200_000, 1_500_000]) await expectWhole(server, make, bytes);
  },
);
