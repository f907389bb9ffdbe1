/** Sandbox processes: their environment, their replacement, and the effect of their end on runs. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isAlive } from "../support/server-process.ts";
import {
  ANYTHING,
  fn,
  idIn,
  SYNC,
  startTestApp,
  type TestApp,
  type TestAppOptions,
} from "../support/test-app.ts";

const SECRET = "a-secret-no-process-may-show";

const start = (functions: TestAppOptions["functions"] = {}) =>
  startTestApp({
    providers: {
      anything: {
        json: { priority: 1, properties: [{ name: "key", secret: true, env: "TEST_KEY" }] },
        script: ANYTHING.script,
      },
    },
    functions: { one: fn("x", "export default () => 1;"), ...functions },
    environment: { TEST_KEY: SECRET, HOOKYARD_SANDBOX_PROCESSES: "2" },
  });

const read = (pid: number, file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8");

async function threeProcesses(app: TestApp): Promise<readonly number[]> {
  // The first function starts a process for functions, and then a spare one.
  await expect
    .poll(
      async () => {
        await app.send("x", SYNC);
        return app.app.sandboxPids().length;
      },
      { timeout: 10_000 },
    )
    .toBe(3);
  return app.app.sandboxPids();
}

test("sandbox processes have no environment, no core files, and no secret on their command line", async () => {
  await using app = await start();
  for (const pid of await threeProcesses(app)) {
    // The shell that starts the process has a small environment, until it is replaced.
    await expect.poll(() => read(pid, "environ")).toBe("");
    expect(read(pid, "limits")).toMatch(/^Max core file size +0 +0 /m);
    expect(read(pid, "cmdline")).not.toContain(SECRET);
    expect(read(pid, "cmdline")).toContain("--permission");
  }
});

test("a stopped process is detected and replaced, and its waiting runs run again", {
  timeout: 90_000,
}, async () => {
  const script = "export default async (event, ctx) => { await ctx.sleep(1500); return 1; };";
  await using app = await start({ slow: fn("slow", script) });
  const before = await threeProcesses(app);
  const waiting = await Promise.all(Array.from({ length: 4 }, () => app.send("slow")));
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const pid of before) process.kill(pid, "SIGSTOP");
  for (const response of waiting) {
    const id = await idIn(response);
    await expect
      .poll(
        async () =>
          ((await (await app.api(`/messages/${id}`)).json()) as { status: string }).status,
        {
          timeout: 90_000,
        },
      )
      .toBe("SUCCESS");
  }
  expect(before.filter(isAlive).length).toBeLessThan(before.length);
});

test("all sandbox processes end with the server", async () => {
  const app = await start();
  const pids = await threeProcesses(app);
  await app[Symbol.asyncDispose]();
  expect(pids.filter(isAlive)).toEqual([]);
});
