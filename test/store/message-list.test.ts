/** Lists of a log in which each value is frequent, so that a missing, repeated or misplaced message shows. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fillLog } from "../../scripts/bench/log/fill-log.ts";
import { listMessages, type MessageFilter } from "../../src/store/messages/message-list.ts";
import { openDatabase, type Sqlite } from "../../src/store/sqlite/database.ts";
import { tempFolder } from "../support/temp-folder.ts";

const FROM = Date.parse("2026-01-01T00:00:00Z");
const TO = Date.parse("2026-01-02T00:00:00Z");
const MESSAGES = 8000;

let folder: string;
let sqlite: Sqlite;
beforeAll(() => {
  folder = tempFolder().path;
  const path = join(folder, "hookyard.db");
  fillLog(path, { messages: MESSAGES, from: FROM, to: TO });
  sqlite = openDatabase(path);
  // Some messages have a copy, some two, and some copies have copies.
  sqlite.exec(`UPDATE message SET resubmitted_from = (SELECT id FROM message AS original
    WHERE original.id < message.id ORDER BY id DESC LIMIT 1 OFFSET 5) WHERE id LIKE '%7' OR id LIKE '%8'`);
  sqlite.exec(`UPDATE message SET resubmitted_from = (SELECT resubmitted_from FROM message AS other
    WHERE other.id < message.id ORDER BY id DESC LIMIT 1) WHERE id LIKE '%8' AND id LIKE '%18'`);
});
afterAll(() => {
  sqlite.close();
  rmSync(folder, { recursive: true, force: true });
});

type Conditions = Omit<MessageFilter, "limit" | "q" | "before">;

/** Filters by reading all messages. */
function expectedIds({
  function: name,
  resubmitted,
  from,
  to,
  ...columns
}: Conditions): readonly string[] {
  const values: Record<string, string | number> = {};
  const wanted = Object.entries(columns).map(([column, value]) => {
    if (value !== undefined) values[column] = value;
    return `${column === "eventType" ? "event_type" : column} = :${column}`;
  });
  if (name !== undefined) {
    wanted.push(
      "EXISTS (SELECT 1 FROM execution WHERE message_id = message.id AND function = :function)",
    );
    values["function"] = name;
  }
  if (resubmitted !== undefined)
    wanted.push(
      `${resubmitted ? "" : "NOT "}EXISTS (SELECT 1 FROM message AS copy WHERE copy.resubmitted_from = message.id)`,
    );
  if (from !== undefined) wanted.push(`received_at >= ${from}`);
  if (to !== undefined) wanted.push(`received_at < ${to}`);
  const where = wanted.length === 0 ? "" : `WHERE ${wanted.join(" AND ")}`;
  const sql = `SELECT id FROM message NOT INDEXED ${where} ORDER BY id DESC`;
  return sqlite.prepare<unknown[], string>(sql).pluck().all(values);
}

/** Reads page by page like a client. No page may check more than `mostChecked` ids. */
function listedIds(filter: Conditions, limit: number, mostChecked: number): readonly string[] {
  const ids: string[] = [];
  let before: string | undefined;
  for (let pages = 0; pages <= MESSAGES; pages++) {
    const page = listMessages(sqlite, { ...filter, before, limit }, mostChecked);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ id }) => id));
    if (page.nextCursor === null) return ids;
    before = page.nextCursor;
  }
  throw new Error("the list does not end");
}

const provider = "alertmanager";
const uri = `${provider}/team-0`;
const range = { from: FROM + 5 * 3_600_000, to: FROM + 6 * 3_600_000 };
const FILTERS: Readonly<Record<string, Conditions>> = {
  everything: {},
  "a range of time": range,
  "a status": { status: "FAILED" },
  "resubmitted messages": { resubmitted: true },
  "messages that were not resubmitted": { resubmitted: false },
  "failures that were not resubmitted": { status: "FAILED", resubmitted: false },
  "a function whose messages were resubmitted": { function: `${provider}-0`, resubmitted: true },
  "a function": { function: `${provider}-0` },
  "an unknown provider": { provider: "unknown" },
  "a provider and a status that many messages share": { provider, status: "SUCCESS" },
  "a provider and a status that few messages share": { provider, status: "FAILED" },
  "a provider and a URI that no message shares": { provider, uri: "azure-devops/team-0" },
  "a function and a status that no message shares": {
    function: `${provider}-0`,
    status: "DUPLICATE",
  },
  "a function and its event type, in a range": {
    ...range,
    function: `${provider}-0`,
    eventType: "push",
  },
  "all filters": {
    ...range,
    function: `${provider}-0`,
    eventType: "push",
    uri,
    provider,
    status: "SUCCESS",
  },
};

test.each(Object.entries(FILTERS))(
  "%s: the pages together are the result, newest first",
  (_, filter) => {
    const expected = expectedIds(filter);
    expect(listedIds(filter, 200, 20_000)).toEqual(expected);
    expect(listedIds(filter, 17, 100)).toEqual(expected);
  },
);

test("the filters of these tests match some messages or none, as their names say", () => {
  const counts = Object.entries(FILTERS).map(([name, filter]) => [
    name,
    expectedIds(filter).length,
  ]);
  const empty = counts.filter(([, count]) => count === 0).map(([name]) => name);
  expect(empty).toEqual([
    "an unknown provider",
    "a provider and a URI that no message shares",
    "a function and a status that no message shares",
  ]);
});

test("a page of a filter without a result ends after a bounded number of checks, with a cursor to continue", () => {
  const filter = { provider, uri: "azure-devops/team-0", limit: 50 };
  const page = listMessages(sqlite, filter, 100);
  expect(page.items).toEqual([]);
  expect(page.nextCursor).not.toBeNull();
  expect(listMessages(sqlite, filter).nextCursor).toBeNull();
});
