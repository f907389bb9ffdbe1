/** Processes that are worn out, or stopped while they receive megabytes, are replaced. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { isAlive } from "../support/server-process.ts";
import { ANYTHING, fn, idIn, SYNC, startParallelApp, type TestApp } from "../support/test-app.ts";

/** The first function starts a process for functions, and then a spare one. */
async function threeProcesses(app: TestApp, uri: string): Promise<readonly number[]> {
  await expect
    .poll(async () => {
      await app.send(uri, SYNC);
      return app.app.sandboxPids().length;
    })
    .toBe(3);
  return app.app.sandboxPids();
}

test("a process that has made a thousand isolates is replaced, and no run is lost", {
  timeout: 90_000,
}, async () => {
  await using app = await startParallelApp({
    providers: { anything: ANYTHING },
    functions: { fresh: fn("fresh", "export default () => 1;", { isolation: "fresh" }) },
  });
  const before = await threeProcesses(app, "fresh");
  for (let sent = 0; sent < 1050; sent += 50) {
    const batch = await Promise.all(Array.from({ length: 50 }, () => app.send("fresh", SYNC)));
    expect(batch.every(({ status }) => status === 200)).toBe(true);
  }
  await expect.poll(() => before.filter(isAlive).length).toBe(2);
});

test("a process that stops while it gets megabytes is replaced, and another one reads them", {
  timeout: 90_000,
}, async () => {
  await using app = await startParallelApp({
    providers: { anything: ANYTHING },
    functions: { one: fn("x", "export default () => 1;") },
  });
  const [, ofFunctions] = await threeProcesses(app, "x");
  if (ofFunctions === undefined) throw new Error("there is no process for functions");
  process.kill(ofFunctions, "SIGSTOP");
  const id = await idIn(await app.send("x", { body: randomBytes(20 * 1024 * 1024) }));
  const [execution] = (await app.ended(id)).executions;
  expect(execution?.status).toBe("SUCCESS");
  expect(isAlive(ofFunctions)).toBe(false);
});
