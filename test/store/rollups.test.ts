/** Figures for charts: equal to what the rows say, however far the messages are counted and whatever happened to them. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fillLog } from "../../scripts/bench/log/fill-log.ts";
import { newMessageId } from "../../src/model/message-id.ts";
import type { StatsBy } from "../../src/store/rollups/stats-sum.ts";
import { Store } from "../../src/store/store.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { acceptedAs, messageOf, owed } from "./model/fixture.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const FROM = Date.parse("2026-01-01T13:27:45.678Z");
const TO = FROM + 3 * DAY_MS;
/** After all of them. */
const LATER = TO + DAY_MS;

let folder: string;
let path: string;
let store: Store;
let sqlite: Database.Database;

beforeAll(() => {
  folder = tempFolder().path;
  path = join(folder, "hookyard.db");
  fillLog(path, { messages: 3000, from: FROM, to: TO });
  sqlite = new Database(path);
  sqlite.exec("UPDATE message SET status = 'PENDING' WHERE substr(id, -2) = '07'");
  store = new Store(path);
});
afterAll(() => {
  sqlite.close();
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Filter {
  readonly status?: "FAILED" | "PENDING";
  readonly provider?: string;
  readonly function?: string;
  readonly uri?: string;
  readonly from: number;
  readonly to: number;
}
interface Row {
  readonly name: string | null;
  readonly count: number;
}

/** By reading all rows. */
function expectedSeries({ from, to, ...filter }: Filter, by: StatsBy): readonly Row[] {
  const ofExecutions = by === "function" || filter.function !== undefined;
  const name = by === "function" ? "function" : `message.${by}`;
  const columns = Object.keys(filter).map(
    (key) => `${key === "status" ? "message.status" : key} = :${key}`,
  );
  return sqlite
    .prepare<object, Row>(
      `SELECT ${name} AS name, count(*) AS count FROM message
       ${ofExecutions ? "JOIN execution ON message_id = message.id" : ""}
       WHERE ${["received_at >= :from", "received_at < :to", ...columns].join(" AND ")}
       GROUP BY 1 ORDER BY 2 DESC, 1`,
    )
    .all({ from, to, ...filter });
}

function statsOf(filter: Filter, by: StatsBy, minutes: number) {
  const start = Math.floor(filter.from / MINUTE_MS / minutes) * minutes;
  const count = Math.ceil(filter.to / MINUTE_MS / minutes) - start / minutes;
  return store.rollups.stats.read({ filter, by, points: { start, minutes, count } });
}

const provider = "alertmanager";
const all = { from: FROM, to: LATER };
/** Begins and ends within a minute. */
const odd = { from: FROM + 7_654_321, to: FROM + 2 * DAY_MS + 12_345 };
const FILTERS: readonly Filter[] = [
  all,
  odd,
  { from: FROM + 1000, to: FROM + 1500 },
  { ...odd, status: "FAILED" },
  { ...all, status: "PENDING" },
  { ...odd, provider },
  { ...all, function: `${provider}-0` },
  { ...all, function: `${provider}-0`, status: "FAILED" },
  { ...odd, provider, uri: `${provider}/team-0` },
];

const sorted = (rows: readonly Row[]) =>
  rows
    .map(({ name, count }) => ({ name, count }))
    .toSorted((a, b) => b.count - a.count || String(a.name).localeCompare(String(b.name)));

function expectFiguresOfRows(): void {
  for (const [index, filter] of FILTERS.entries())
    for (const [place, by] of (["status", "provider", "function"] as const).entries()) {
      const minutes = [10, 60, 1440][(index + place) % 3] ?? 1;
      const { sum, countedFrom } = statsOf(filter, by, minutes);
      const { series } = sum.series(10_000);
      const expected = sorted(expectedSeries(filter, by));
      expect(sorted(series), JSON.stringify([filter, by, minutes])).toEqual(expected);
      const total = expected.reduce((count, row) => count + row.count, 0);
      const { count, counts } = sum.total();
      expect([count, counts.reduce((a, b) => a + b, 0)]).toEqual([total, total]);
      expect(countedFrom).toBeNull();
    }
}

/** Each rejected and each unmatched message has a problem, and is counted in it. */
function expectProblemsOfRows(): void {
  const rows = (sql: string) => sqlite.prepare(`${sql} GROUP BY 1 ORDER BY 1`).all();
  const ofRows = rows(
    "SELECT problem, count(*) AS count FROM message WHERE status IN ('REJECTED', 'UNMATCHED')",
  );
  expect(ofRows.length).toBeGreaterThan(5);
  expect(rows("SELECT problem, sum(count) AS count FROM problem_count")).toEqual(ofRows);
  expect(rows("SELECT key FROM problem").length).toBe(ofRows.length);
}

const countAll = async () => {
  while (await store.rollups.step(LATER));
};

test("the figures are those of the rows before the messages are counted, in the midst of it and afterwards", async () => {
  expectFiguresOfRows();
  await store.rollups.step(LATER);
  await store.rollups.step(FROM + 2 * DAY_MS);
  expectFiguresOfRows();
  await countAll();
  expect(store.rollups.stats.uncounted()).toBe(0);
  expectFiguresOfRows();
  expectProblemsOfRows();
});

test("removed messages are no longer counted, neither in figures nor in problems", async () => {
  await countAll();
  const removeSome = (strangers: object) =>
    store.upkeep.removeSome({ after: "", before: "g", ...strangers });
  expect((await removeSome({})).count).toBe(32);
  sqlite.exec("UPDATE message SET stranger_bytes = 9 WHERE status = 'UNMATCHED'");
  expect((await removeSome({ strangerBytes: 1000 })).count).toBe(32);
  expectFiguresOfRows();
  expectProblemsOfRows();
});

test("messages that end or are stored behind the count are counted once, also by the next run of the server", async () => {
  await countAll();
  const accept = (at: number) => {
    const message = messageOf(newMessageId(at), at);
    return store.accept(message, acceptedAs(message.id, [owed("late-function")]), at);
  };
  await accept(FROM + DAY_MS);
  await accept(TO + 1);
  await countAll();
  await accept(TO + 2);
  expectFiguresOfRows();
  const turns = { begin: () => undefined, room: () => 9, claimed: () => undefined };
  const { claims } = await store.claim(LATER, turns);
  expect(claims.length).toBe(3);
  const end = (claim: (typeof claims)[number]) =>
    store.record(claim, {
      outcome: { kind: "success", durationMs: 40, logs: [] },
      step: { status: "SUCCESS" },
      version: "v1",
      endedAt: LATER,
    });
  const [first, ...others] = claims;
  if (first !== undefined) await end(first);
  await countAll();
  expectFiguresOfRows();
  for (const claim of others) await end(claim);
  // The next run knows only the rows.
  store[Symbol.dispose]();
  store = new Store(path);
  await countAll();
  expectFiguresOfRows();
  const { sum } = statsOf({ ...all, function: "late-function" }, "function", 60);
  const { p50, count } = sum.total().durations;
  expect(count).toBe(3);
  expect(Math.abs(Number(p50) - 40) / 40).toBeLessThan(0.08);
});

test("a count that cannot be stored changes no figures, and is made up for", async () => {
  await countAll();
  const at = TO + 1000;
  const decision = { kind: "unmatched", trace: [] } as const;
  await store.accept(messageOf(newMessageId(at), at), decision, at);
  sqlite.exec("BEGIN IMMEDIATE");
  await expect(store.rollups.step(LATER)).rejects.toMatchObject({ code: "storage_unavailable" });
  sqlite.exec("ROLLBACK");
  expectFiguresOfRows();
  await countAll();
  expect(store.rollups.stats.uncounted()).toBe(0);
  expectFiguresOfRows();
});
