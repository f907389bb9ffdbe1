import { expect, test } from "vitest";
import { createLogger } from "../../src/logger.ts";
import { Metrics } from "../../src/metrics.ts";
import { Dispatcher } from "../../src/pipeline/dispatch/dispatcher.ts";
import { record } from "../../src/pipeline/record/record.ts";
import { Store } from "../../src/store/store.ts";
import {
  AT_ONCE,
  acceptedAs,
  databaseFolder,
  messageOf,
  OUTCOMES,
  owed,
} from "../store/model/fixture.ts";

const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const log = createLogger("silent");
const metrics = new Metrics();

test("messages from before the clock was set back still run, and do not wait until that time is reached again", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  let time = NOW;
  const around = { store, log, metrics, now: () => time, random: () => 0.5 };
  const perform = (claim: Parameters<typeof record>[0]) =>
    record(claim, { outcome: OUTCOMES.success, version: "v1" }, around);
  const settings = { maxRunning: 10, concurrencyOf: () => 10, providerOf: () => "any", perform };
  await using dispatcher = new Dispatcher({ ...around, ...settings });
  dispatcher.wake();
  await store.accept(messageOf("first", time), acceptedAs("d-1", [owed("a")]), time);
  dispatcher.wake();
  await expect.poll(() => store.details("first")?.row.status).toBe("SUCCESS");
  await store.accept(messageOf("second", time), acceptedAs("d-2", [owed("a")]), time);
  time -= HOUR_MS;
  dispatcher.wake();
  await expect.poll(() => store.details("second")?.row.status).toBe("SUCCESS");
});

test("a server started with a clock that is behind runs pending executions, and keeps the length of their retry delays", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  const decision = acceptedAs("d", [owed("a"), owed("b")]);
  const { claims } = await store.accept(messageOf("m", NOW), decision, NOW, AT_ONCE);
  const [first] = claims;
  if (first === undefined) throw new Error("nothing was claimed");
  const run = { version: "v1", endedAt: NOW + 10 };
  await store.record(first, {
    outcome: OUTCOMES.failure,
    step: { status: "PENDING", delayMs: 5000 },
    ...run,
  });
  const early = NOW - HOUR_MS;
  await store.resume(early);
  const dueAt = store.details("m")?.executions.map(({ nextAttemptAt }) => nextAttemptAt);
  expect(dueAt).toEqual([early + 5000, early]);
});
