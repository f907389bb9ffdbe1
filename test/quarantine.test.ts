/** A message that ends or holds up the process it is matched in costs others that process once, and its sender's messages are matched apart. */
import { expect, test, vi } from "vitest";
import { isAlive } from "./server-process.ts";
import { fn, idIn, startTestApp, type TestApp } from "./test-app.ts";

// Also where everything takes five times as long.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** No script that V8 could stop. */
const KILLING = `export default (event) => {
  if (event.headers["x-kill"] === "yes") /^(a+)+$/.test("a".repeat(60) + "b");
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

test("a sender ends the process others are matched in once, and its messages still match", async () => {
  await using app = await start();
  await app.ended(await sendFrom(app, "192.0.2.1"));
  const attack = async () => {
    const view = await app.ended(await sendFrom(app, "198.51.100.7", { "x-kill": "yes" }));
    expect(view.trace).toMatchObject([{ matched: false, error: { kind: "CPU_LIMIT" } }]);
  };
  await attack();
  await app.ended(await sendFrom(app, "192.0.2.1"));
  const before = app.app.sandboxPids();
  for (let round = 0; round < 2; round++) {
    const [honest] = await Promise.all([sendFrom(app, "192.0.2.1"), attack()]);
    expect((await app.ended(honest)).status).toBe("SUCCESS");
  }
  // That of matching is still there; the one apart has been replaced.
  expect(alive(before)).toHaveLength(1);
  expect(app.app.sandboxPids()).toEqual(expect.arrayContaining(alive(before)));
  expect((await app.ended(await sendFrom(app, "198.51.100.7"))).status).toBe("SUCCESS");
});
