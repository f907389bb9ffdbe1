/**
 * Fills a database like the traffic of several days, with SQL only: inserting through the server would take many
 * minutes.
 */
import type Database from "better-sqlite3";
import { openDatabase } from "../../../src/store/sqlite/database.ts";
import { KINDS_OF_MESSAGE, type KindOfMessage } from "./spread.ts";

export interface Fill {
  readonly messages: number;
  /** Milliseconds since the epoch of the oldest and the newest message. */
  readonly from: number;
  readonly to: number;
}

/** Rows per transaction, which keeps the write-ahead log small. */
const BATCH = 50_000;

/** Coprime to the number of kinds, so that neighbours differ and each kind has its frequency. */
const STRIDE = 7919;

/** Has the length of real texts, but is the same in each message. */
const TEXT = "Bring the figures of the last quarter into the form in which they are asked for. ";
const HEADERS = JSON.stringify([
  ["Host", "hooks.example.com"],
  ["User-Agent", "Sender-Hookshot/0a1b2c3"],
  ["Content-Type", "application/json"],
  ["X-Delivery", "00000000-0000-4000-8000-000000000000"],
]);
const TRACE = JSON.stringify([
  { provider: "github", version: "0", matched: true, durationMs: 0.1 },
]);
const REPORT = JSON.stringify({ logs: [], message: "done", result: "1" });

const PART = `WITH RECURSIVE part (n) AS (VALUES (:first) UNION ALL SELECT n + 1 FROM part WHERE n < :last)`;
const FROM = "FROM part JOIN kind ON kind.number = part.n * :stride % :kinds";
const AT = "CAST(:from + part.n * (:to - :from) / :messages AS INTEGER)";
/** A UUIDv7 of that time; its random part is the number of the message. */
const ID = `printf('%s-%s-7000-8000-%012x', substr(printf('%012x', ${AT}), 1, 8), substr(printf('%012x', ${AT}), 9), part.n)`;

const INSERTS = [
  `INSERT INTO message (id, received_at, method, uri, base_path, path, query_string, remote_address, body_bytes, sync,
     status, decided, provider, event_type, delivery_id, note)
   ${PART} SELECT ${ID}, ${AT}, 'POST', kind.uri, '/webhooks/v1', '/webhooks/v1/' || kind.uri, '', '192.0.2.7',
     length(:text) * (4 + part.n % 8), 0, kind.status, 1, kind.provider, kind.event_type, printf('%032x', part.n), 'done' ${FROM}`,
  `INSERT INTO content (message_id, headers, trace, verification, body)
   ${PART} SELECT ${ID}, :headers, :trace, '{"mode":"enforce","result":"ok"}',
     CAST(printf('{"n":%d,"text":"', part.n) || replace(hex(zeroblob(4 + part.n % 8)), '00', :text) || '"}' AS BLOB) ${FROM}`,
  `INSERT INTO execution (id, message_id, function, version, params, followed, retry, status, run_at, lease_token, attempt,
     ended_at, duration_ms, outcome, report)
   ${PART} SELECT part.n, ${ID}, kind.function, '0123456789ab', '{}', 0,
     '{"maxAttempts":1,"backoffMs":1000,"factor":2,"maxBackoffMs":60000}', kind.status, NULL, 1, 1,
     ${AT} + 20, 7.5, kind.status, :report ${FROM} WHERE kind.function IS NOT NULL`,
];

/** Creates the database at `path`; the file takes about 1.5 GB per million messages. */
export function fillLog(path: string, { messages, from, to }: Fill): void {
  const sqlite = openDatabase(path);
  try {
    sqlite.pragma("synchronous = OFF");
    writeKinds(sqlite);
    const indexes = dropIndexes(sqlite);
    const spread = { stride: STRIDE, kinds: KINDS_OF_MESSAGE.length, messages, from, to };
    const same = { text: TEXT, headers: HEADERS, trace: TRACE, report: REPORT };
    const inserts = INSERTS.map((sql) => sqlite.prepare(sql));
    for (let first = 0; first < messages; first += BATCH) {
      const last = Math.min(first + BATCH, messages) - 1;
      const values = { ...spread, ...same, first, last };
      sqlite.transaction(() => {
        for (const insert of inserts) insert.run(values);
      })();
    }
    for (const sql of indexes) sqlite.exec(sql);
    sqlite.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    sqlite.close();
  }
}

function writeKinds(sqlite: Database.Database): void {
  sqlite.exec(
    "CREATE TEMP TABLE kind (number INTEGER PRIMARY KEY, status TEXT, provider TEXT, uri TEXT, event_type TEXT, function TEXT)",
  );
  const insert = sqlite.prepare<KindOfMessage & { readonly number: number }>(
    "INSERT INTO kind VALUES (:number, :status, :provider, :uri, :eventType, :function)",
  );
  for (const [number, kind] of KINDS_OF_MESSAGE.entries()) insert.run({ ...kind, number });
}

/** Creating an index at the end is faster. Returns the SQL that creates the indexes again. */
function dropIndexes(sqlite: Database.Database): readonly string[] {
  const made = sqlite
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
    )
    .all();
  for (const { name } of made) sqlite.exec(`DROP INDEX ${name}`);
  return made.map(({ sql }) => sql);
}
