/** The store is compared with a model of the states of messages and executions, for random events in random order. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createLogger } from "../../src/logger.ts";
import { Metrics } from "../../src/metrics.ts";
import { record } from "../../src/pipeline/record/record.ts";
import type { Claim } from "../../src/store/executions/execution-table.ts";
import { Store } from "../../src/store/store.ts";
import type { Recorded } from "../../src/store/write-results.ts";
import {
  AT_ONCE,
  acceptedAs,
  databaseFolder,
  messageOf,
  OUTCOMES,
  type OutcomeName,
  owed,
} from "../store/model/fixture.ts";
import { expectLikeModel } from "../store/model/like-model.ts";
import { upTo } from "../support/turns.ts";

test("the store does what the model says, through crashes, retries, duplicates and late results", {
  timeout: 120_000,
}, async () => {
  await expectLikeModel(25);
});

const NOW = 1_800_000_000_000;
const ENDED = ["SUCCESS", "FAILED", "FILTERED"];
const log = createLogger("silent");
const metrics = new Metrics();
const outcome = fc.constantFrom(...(Object.keys(OUTCOMES) as OutcomeName[]));

/** Ends executions until none is left to run, however long their retries wait. */
async function workOff(store: Store): Promise<void> {
  for (let later = NOW; ; later += 60_000) {
    const { claims, nextDueAt } = await store.claim(later, upTo(100));
    if (claims.length === 0 && nextDueAt === undefined) return;
    for (const claim of claims) await end(store, claim, "success");
  }
}

const end = (store: Store, claim: Claim, name: OutcomeName): Promise<Recorded> =>
  record(
    claim,
    { outcome: OUTCOMES[name], version: "v1" },
    { store, log, metrics, now: () => NOW, random: () => 0.5 },
  );

test("results, late results, released claims and claims may race: each lease counts once, and each execution ends once", {
  timeout: 60_000,
}, async () => {
  using folder = databaseFolder();
  const results = fc.array(outcome, { minLength: 2, maxLength: 8 });
  const property = fc.asyncProperty(fc.scheduler(), results, async (scheduler, names) => {
    using store = new Store(folder.newPath());
    const decision = acceptedAs("d", [owed("a"), owed("b"), owed("c", 1)]);
    const claims = [...(await store.accept(messageOf("m", NOW), decision, NOW, AT_ONCE)).claims];
    const recorded: { claim: Claim; result: Recorded }[] = [];
    const finish = async (index: number, name: OutcomeName) => {
      const claim = claims[index % claims.length];
      if (claim !== undefined) recorded.push({ claim, result: await end(store, claim, name) });
    };
    const steps: [string, () => Promise<unknown>][] = [
      ...names.map((name, index): [string, () => Promise<void>] => [
        `${index} ${name}`,
        () => finish(index, name),
      ]),
      ["hand back", () => store.resume(NOW)],
      ["claim", async () => void claims.push(...(await store.claim(NOW + 5000, upTo(10))).claims)],
    ];
    const done = steps.map(([label, step]) =>
      scheduler.schedule(Promise.resolve(), label).then(step),
    );
    await scheduler.waitIdle();
    await Promise.all(done);

    const counted = recorded.filter(({ result }) => !result.stale);
    const leases = counted.map(({ claim }) => `${claim.function}#${claim.leaseToken}`);
    expect(new Set(leases).size).toBe(leases.length);
    expect(counted.filter(({ result }) => result.ended !== undefined).length).toBeLessThanOrEqual(
      1,
    );
    await store.resume(NOW);
    await workOff(store);
    const executions = store.details("m")?.executions ?? [];
    expect(executions.map(({ status }) => ENDED.includes(status))).toEqual([true, true, true]);
    for (const { function: name, attempts } of executions) {
      const accepted = counted.filter(({ claim }) => claim.function === name);
      const written = attempts.map(({ number }) => number);
      expect(written).toEqual(
        expect.arrayContaining(accepted.map(({ claim }) => claim.leaseToken)),
      );
      const ends = attempts.filter(({ outcome: text }) => ENDED.includes(text));
      expect(ends.length).toBeLessThanOrEqual(1);
    }
  });
  await fc.assert(property, { numRuns: 60 });
});

test("after a restart no pending message counts as answered synchronously, and ended ones stay as they were", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  const decision = { ...acceptedAs("d", [owed("a")]), dedupeSeconds: 0 };
  const syncOf = (id: string) => store.details(id)?.row.sync;
  const accept = async (id: string) =>
    (await store.accept({ ...messageOf(id, NOW), sync: true }, decision, NOW, AT_ONCE)).claims;
  for (const claim of await accept("ended")) await end(store, claim, "success");
  await accept("pending");
  expect([syncOf("ended"), syncOf("pending")]).toEqual([1, 1]);
  await store.resume(NOW);
  expect([syncOf("ended"), syncOf("pending")]).toEqual([1, 0]);
});
