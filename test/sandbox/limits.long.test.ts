/** The response time of a process after a long idle time. */
import { expect, test } from "vitest";
import { ANYTHING, fn, sendSync, startTestApp, type TestApp } from "../support/test-app.ts";

async function runOnce(app: TestApp) {
  const { executions } = await sendSync(app, "x");
  return executions[0];
}

test("a process that was idle has its full time to answer, however long it was idle", {
  timeout: 90_000,
}, async () => {
  await using app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: { one: fn("x", "export default () => 1;") },
  });
  await runOnce(app);
  await new Promise((resolve) => setTimeout(resolve, 6000));
  const pids = app.app.sandboxPids();
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  setTimeout(() => {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }, 300);
  const run = await runOnce(app);
  expect([run?.status, run?.attempts.length]).toEqual(["SUCCESS", 1]);
  for (const pid of pids) expect(app.app.sandboxPids()).toContain(pid);
});
