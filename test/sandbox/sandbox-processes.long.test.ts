/** A process that has made many isolates is replaced. */
import { expect, test } from "vitest";
import { isAlive } from "../support/server-process.ts";
import { ANYTHING, fn, SYNC, startParallelApp } from "../support/test-app.ts";

test("a process that has made a thousand isolates is replaced, and no run is lost", {
  timeout: 90_000,
}, async () => {
  await using app = await startParallelApp({
    providers: { anything: ANYTHING },
    functions: { fresh: fn("fresh", "export default () => 1;", { isolation: "fresh" }) },
  });
  // The first function starts a process for functions, and then a spare one.
  await expect
    .poll(async () => {
      await app.send("fresh", SYNC);
      return app.app.sandboxPids().length;
    })
    .toBe(3);
  const before = app.app.sandboxPids();
  for (let sent = 0; sent < 1050; sent += 50) {
    const batch = await Promise.all(Array.from({ length: 50 }, () => app.send("fresh", SYNC)));
    expect(batch.every(({ status }) => status === 200)).toBe(true);
  }
  await expect.poll(() => before.filter(isAlive).length).toBe(2);
});
