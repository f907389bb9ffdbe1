/** Measures the main process: memory, file descriptors, child processes, unhandled rejections. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "vitest";
import { childrenOf } from "../../support/server-process.ts";
import type { TestApp } from "../../support/test-app.ts";

/**
 * The limit for used memory after a collection, including kept connections. A leak of about 100 KB per script would
 * show.
 */
const MAX_MORE_IN_USE = 24 * 1024 * 1024;
/**
 * V8 keeps the pages of its peak: about 250 MB after all scripts at once, and no more after four times as many. Leaks
 * in the heap show in the used memory. This limit detects leaks outside the heap.
 */
const MAX_MORE_RESIDENT = 384 * 1024 * 1024;
/** A spare process and the checkpoint thread may start late. A leak of one per script would be dozens. */
const MAX_MORE_DESCRIPTORS = 16;
/** `HOOKYARD_SANDBOX_PROCESSES` of these tests, and one spare process. */
export const SANDBOX_PROCESSES = 3;
const SETTLED_WITHIN_MS = 5000;
const FREED_WITHIN_MS = 15_000;
const TICK_MS = 10;

export interface MainGauge {
  readonly residentBytes: number;
  readonly usedBytes: number;
  readonly descriptors: readonly string[];
}

const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const strangers = (app: TestApp) =>
  childrenOf(process.pid).filter((pid) => !app.app.sandboxPids().includes(pid));

/** Counts open files without the connections between the test and the server, which both keep for a minute. */
function descriptorsOf({ app }: TestApp): string[] {
  const [, ...lines] = readFileSync("/proc/self/net/tcp", "utf8").trim().split("\n");
  const kept = new Set(
    lines
      .map((line) => line.trim().split(/\s+/))
      .filter(([, ...ends]) =>
        ends.slice(0, 2).some((end) => Number.parseInt(end.split(":")[1] ?? "", 16) === app.port),
      )
      .map((fields) => `socket:[${fields[9]}]`),
  );
  return readdirSync("/proc/self/fd")
    .map(targetOf)
    .filter((target) => !kept.has(target));
}

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // This file descriptor belongs to the listing itself.
    return "";
  }
}

/** Waits until only children of the pool are left. A killed child is reaped a moment later. */
export async function gaugeMain(app: TestApp): Promise<MainGauge> {
  const giveUpAt = performance.now() + SETTLED_WITHIN_MS;
  while (strangers(app).length > 0 && performance.now() < giveUpAt)
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  expect(strangers(app), "processes left over").toEqual([]);
  expect(app.app.sandboxPids().length).toBeLessThanOrEqual(SANDBOX_PROCESSES + 1);
  expect(unhandled).toEqual([]);
  return {
    usedBytes: bytesInUse(),
    residentBytes: process.memoryUsage.rss(),
    descriptors: descriptorsOf(app),
  };
}

/** Checks that main has no more memory, files and children than before. */
export async function expectMainAsBefore(app: TestApp, before: MainGauge): Promise<void> {
  const { residentBytes, descriptors } = await gaugeMain(app);
  // Memory outside the heap is freed a moment after its owner.
  await expect
    .poll(() => bytesInUse() - before.usedBytes, {
      message: "memory in use",
      timeout: FREED_WITHIN_MS,
      interval: 500,
    })
    .toBeLessThan(MAX_MORE_IN_USE);
  const moreResident = residentBytes - before.residentBytes;
  expect(moreResident, "resident memory").toBeLessThan(MAX_MORE_RESIDENT);
  const more = descriptors.length - before.descriptors.length;
  const added = descriptors.filter((target) => !before.descriptors.includes(target));
  expect(more, `file descriptors, new: ${added.join(" ")}`).toBeLessThanOrEqual(
    MAX_MORE_DESCRIPTORS,
  );
}

function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The total delay of this process's timers: time that the machine took, not the sandbox. */
export function startLatenessMeter(): { readonly stop: () => number } {
  let lateMs = 0;
  let expected = performance.now() + TICK_MS;
  const note = () => {
    const now = performance.now();
    // Timers have whole milliseconds, so a small delay is on time.
    if (now - expected > 2) lateMs += now - expected;
    expected = now + TICK_MS;
  };
  const timer = setInterval(note, TICK_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return lateMs;
    },
  };
}
