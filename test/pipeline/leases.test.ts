/**
 * A claim is valid for a limited time: a stalled holder loses it, a running holder keeps it, and a late result has no
 * effect.
 */
import { expect, test } from "vitest";
import { createLogger } from "../../src/logger.ts";
import { LEASE_MS } from "../../src/model/execution.ts";
import { nextStep } from "../../src/model/retry.ts";
import { Leases } from "../../src/pipeline/dispatch/leases.ts";
import { type Claim, ExecutionTable } from "../../src/store/executions/execution-table.ts";
import { LeaseStore } from "../../src/store/executions/leases.ts";
import { openDatabase } from "../../src/store/sqlite/database.ts";
import { Store } from "../../src/store/store.ts";
import {
  AT_ONCE,
  acceptedAs,
  type DatabaseFolder,
  databaseFolder,
  messageOf,
  OUTCOMES,
  owed,
  RETRY,
} from "../store/model/fixture.ts";
import { upTo } from "../support/turns.ts";

const NOW = 1_800_000_000_000;

async function claimedIn(store: Store): Promise<Claim> {
  const decision = acceptedAs("d-1", [owed("a")]);
  const [claim] = (await store.accept(messageOf("m-1", NOW), decision, NOW, AT_ONCE)).claims;
  if (claim === undefined) throw new Error("nothing was claimed");
  return claim;
}

const claimAt = async (store: Store, now: number) => (await store.claim(now, upTo(10))).claims;

const recordSuccess = (store: Store, claim: Claim) =>
  store.record(claim, {
    outcome: OUTCOMES.success,
    step: { status: "SUCCESS" },
    version: "v",
    endedAt: NOW,
  });

/** A dispatcher's view of the leases, with its own clock. */
function leasesAt(store: Store) {
  let time = NOW;
  let expired = 0;
  const lines: string[] = [];
  const log = createLogger("warn", { write: (line) => lines.push(line) });
  const leases = new Leases({ store, log, now: () => time }, () => expired++);
  return {
    leases,
    setTime: (to: number) => {
      time = to;
    },
    expired: () => expired,
    warnings: () => lines.join(""),
    [Symbol.dispose]: () => leases[Symbol.dispose](),
  };
}

test("a holder that stalls loses its claim to the next, and its late result is dropped", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  const stalled = await claimedIn(store);
  using other = leasesAt(store);
  other.setTime(NOW + LEASE_MS - 1);
  await other.leases.extend();
  expect(await claimAt(store, NOW + LEASE_MS - 1)).toEqual([]);

  other.setTime(NOW + LEASE_MS);
  await other.leases.extend();
  expect(other.expired()).toBe(1);
  const [taken] = await claimAt(store, NOW + LEASE_MS);
  expect(taken).toMatchObject({ executionId: stalled.executionId, leaseToken: 2, attempt: 0 });
  expect((await recordSuccess(store, stalled)).stale).toBe(true);
  expect(store.details("m-1")?.row.status).toBe("PENDING");
  if (taken === undefined) throw new Error("nothing was claimed");
  expect((await recordSuccess(store, taken)).ended?.status).toBe("SUCCESS");
});

test("a holder that continues keeps its claim, however long it runs and however the clock jumps", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  const claim = await claimedIn(store);
  using holder = leasesAt(store);
  holder.leases.hold(claim);
  for (const at of [NOW + LEASE_MS / 3, NOW + LEASE_MS, NOW + 2 * LEASE_MS, NOW + 99 * LEASE_MS]) {
    holder.setTime(at);
    await holder.leases.extend();
    expect(await claimAt(store, at)).toEqual([]);
  }
  expect((await recordSuccess(store, claim)).ended?.status).toBe("SUCCESS");
});

test("a run that ends while its lease is extended is not lost; a run whose lease was taken is", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  const claim = await claimedIn(store);
  using holder = leasesAt(store);
  holder.leases.hold(claim);
  await holder.leases.extend();
  const ending = recordSuccess(store, claim).then(() => holder.leases.release(claim));
  await Promise.all([ending, holder.leases.extend()]);
  expect(holder.warnings()).toBe("");

  const strangers = { ...claim, leaseToken: 99 };
  holder.leases.hold(strangers);
  await holder.leases.extend();
  await holder.leases.extend();
  expect(holder.warnings()).toContain("lost to another process");
});

test("a run that ends before its lease must be extended costs no write", async () => {
  using folder = databaseFolder();
  let writes = 0;
  using store = new Store(folder.newPath(), () => writes++);
  const claim = await claimedIn(store);
  using holder = leasesAt(store);
  holder.leases.hold(claim);
  const before = writes;
  await holder.leases.extend();
  holder.leases.release(claim);
  await holder.leases.extend();
  expect(writes).toBe(before);
});

const atOnce = async <T>(run: () => T): Promise<T> => run();

/** Two machines on one database, here two independent connections. */
function twoHolders(folder: DatabaseFolder) {
  const path = folder.newPath();
  const [one, two] = [openDatabase(path), openDatabase(path)];
  return {
    one: { executions: new ExecutionTable(one), leases: new LeaseStore(one, atOnce) },
    two: { executions: new ExecutionTable(two), leases: new LeaseStore(two, atOnce) },
    insert: () =>
      one.exec(`INSERT INTO message (id, received_at, method, uri, base_path, path, query_string, remote_address, body_bytes, sync, status, decided)
        VALUES ('m-1', 1, 'POST', 'x', '/', '/x', '', '', 0, 0, 'PENDING', 1)`),
    [Symbol.dispose]: () => {
      one.close();
      two.close();
    },
  };
}

test("two holders with separate connections claim different executions, and only the latest holder may end one", async () => {
  using folder = databaseFolder();
  using holders = twoHolders(folder);
  holders.insert();
  holders.one.executions.insertAll("m-1", [owed("a"), owed("b")], NOW, undefined);
  const [first] = holders.one.executions.claim(NOW, upTo(1)).claims;
  const [second] = holders.two.executions.claim(NOW, upTo(10)).claims;
  expect([first?.function, second?.function].toSorted()).toEqual(["a", "b"]);
  if (first === undefined || second === undefined) throw new Error("nothing was claimed");

  const later = NOW + LEASE_MS;
  expect(await holders.two.leases.extend([second], later)).toEqual({ lost: [], handedBack: 1 });
  const [taken] = holders.two.executions.claim(later, upTo(10)).claims;
  expect(taken).toMatchObject({ executionId: first.executionId, leaseToken: 2 });
  expect(await holders.one.leases.extend([first], later)).toEqual({ lost: [first], handedBack: 0 });
  const ended = {
    status: "SUCCESS",
    runAt: null,
    attempt: 1,
    interruptions: 0,
    version: "v",
  } as const;
  expect(holders.one.executions.move(first, ended)).toBe(false);
  expect(holders.two.executions.move(taken ?? first, ended)).toBe(true);
});

test("an execution that never begins is tried at growing intervals, and leaves a bounded number of rows", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  let claim: Claim | undefined = await claimedIn(store);
  const delays: number[] = [];
  for (let [tries, now] = [0, NOW]; tries < 40 && claim !== undefined; tries++) {
    const { attempt, interruptions } = claim;
    const step = nextStep(
      OUTCOMES["not begun"],
      { attempt, interruptions, unbegun: tries, retry: RETRY },
      0.5,
    );
    if (step.status !== "PENDING") throw new Error("it was given up");
    delays.push(step.delayMs);
    await store.record(claim, { outcome: OUTCOMES["not begun"], step, version: "", endedAt: now });
    now += step.delayMs;
    [claim] = await claimAt(store, now);
  }
  expect(delays.slice(0, 10)).toEqual([
    200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000,
  ]);
  expect(delays.at(-1)).toBe(60_000);
  const [execution] = store.details("m-1")?.executions ?? [];
  expect(execution?.attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 40]);
  expect(claim).toMatchObject({ attempt: 0, interruptions: 0 });
});
