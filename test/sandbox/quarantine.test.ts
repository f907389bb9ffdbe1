/**
 * A message that ends or blocks its matching process does so once. Its sender's later messages are matched in another
 * process.
 */
import { expect, test, vi } from "vitest";
import { isAlive } from "../support/server-process.ts";
import { fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** V8 cannot interrupt this loop in its own code. */
const KILLING = `export default (event) => {
  if (event.headers["x-kill"] === "yes") Array.prototype.includes.call({ length: 2 ** 50 }, 1);
  return event.uri === "mine";
};`;

const start = (environment: Record<string, string> = {}) =>
  startTestApp({
    providers: { killing: { json: { priority: 1 }, script: KILLING } },
    functions: { run: fn("mine", "export default () => 'ran';", { provider: "killing" }) },
    environment: { HOOKYARD_TRUST_PROXY: "true", ...environment },
  });

const sendFrom = async (app: TestApp, address: string, headers: Record<string, string> = {}) =>
  await idIn(await app.send("mine", { headers: { "x-forwarded-for": address, ...headers } }));

const alive = (pids: readonly number[]) => pids.filter(isAlive);

test("a sender ends the shared matching process once, and its messages still match", async () => {
  await using app = await start();
  await app.ended(await sendFrom(app, "192.0.2.1"));
  const attack = async () => {
    const view = await app.ended(await sendFrom(app, "198.51.100.7", { "x-kill": "yes" }));
    expect(view.trace).toMatchObject([{ matched: false, error: { kind: "CPU_LIMIT" } }]);
  };
  await attack();
  // A busy machine may end a process without a reason, but hardly each time.
  let survived = false;
  for (let round = 0; round < 5 && !survived; round++) {
    await app.ended(await sendFrom(app, "192.0.2.1"));
    const before = app.app.sandboxPids();
    const [honest] = await Promise.all([sendFrom(app, "192.0.2.1"), attack()]);
    expect((await app.ended(honest)).status).toBe("SUCCESS");
    // The shared matching process still runs, and the separate one was replaced.
    survived = alive(before).length > 0;
  }
  expect(survived).toBe(true);
  expect((await app.ended(await sendFrom(app, "198.51.100.7"))).status).toBe("SUCCESS");
});
