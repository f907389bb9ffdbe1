/** The watchdog watches real processes: one that gets hardly any CPU, and one that sleeps. */
import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism, constants, setPriority } from "node:os";
import { afterEach, expect, test } from "vitest";
import { ChildCache } from "../../src/sandbox/main/child-cache.ts";
import { Watchdog } from "../../src/sandbox/main/watchdog.ts";
import { type EntryMark, monotonicMs, NO_ENTRY } from "../../src/sandbox/wire/entry-mark.ts";
import { HANG_MS } from "../support/hang.ts";

const LOOPS = "process.stdout.write('.'); for (;;);";
const SLEEPS = "process.stdout.write('.'); setInterval(() => undefined, 1000);";

const processes: ChildProcess[] = [];
afterEach(() => {
  for (const one of processes.splice(0)) one.kill("SIGKILL");
});

async function run(script: string): Promise<number> {
  const started = spawn(process.execPath, ["--eval", script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  processes.push(started);
  await new Promise((resolve) => started.stdout.once("data", resolve));
  return started.pid ?? 0;
}

/** Checks the process until its entry is late, as if it were due after `dueMs`; undefined after `forMs`. */
async function watch(
  pid: number,
  {
    dueMs,
    limit = "CPU_LIMIT",
    forMs = HANG_MS,
  }: { readonly dueMs: number; readonly limit?: EntryMark["limit"]; readonly forMs?: number },
): Promise<string | undefined> {
  const mark: EntryMark = { ...NO_ENTRY, id: 1, limit, dueAt: monotonicMs() + dueMs };
  const cache = new ChildCache(() => undefined);
  const child = { pid, mark: () => mark, isReady: true, cache, send: () => undefined };
  const watchdog = new Watchdog({ ...child, lastMessageAt: performance.now() });
  for (const until = Date.now() + forMs; Date.now() < until; ) {
    const reason = watchdog.check(() => 64);
    if (reason !== undefined) return reason;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return undefined;
}

test("an entry with a CPU limit may be late until its process has used the time, but not for ever", async () => {
  const starved = await run(LOOPS);
  setPriority(starved, constants.priority.PRIORITY_LOW);
  for (let count = 0; count < 3 * availableParallelism(); count++) await run(LOOPS);
  expect(await watch(starved, { dueMs: 600, forMs: 1000 })).toBeUndefined();
  expect(await watch(starved, { dueMs: -10_000 })).toBe("CPU_LIMIT");
  expect(await watch(starved, { dueMs: 600, limit: "TIMEOUT" })).toBe("TIMEOUT");
});

test("an entry of a sleeping process counts as late, because it does not lack CPU", async () => {
  expect(await watch(await run(SLEEPS), { dueMs: 0 })).toBe("CPU_LIMIT");
});

test("an entry that computes is ended although others compute too", async () => {
  const busy = await run(LOOPS);
  await run(LOOPS);
  expect(await watch(busy, { dueMs: 0 })).toBe("CPU_LIMIT");
});
