/** Reads the rows after a crash test, on a separate read-only connection. */
import { inflateRawSync } from "node:zlib";
import Database from "better-sqlite3";

export interface MessageRow {
  readonly id: string;
  readonly uri: string;
  readonly status: string;
  readonly decided: number;
  readonly delivery_id: string;
  readonly duplicate_of: string | null;
  readonly repetition_of: string | null;
  readonly body: Buffer;
}

export interface ExecutionRow {
  readonly id: number;
  readonly message_id: string;
  readonly function: string;
  readonly status: string;
  readonly lease_token: number;
  readonly attempt: number;
  readonly interruptions: number;
}

export interface AttemptRow {
  readonly execution_id: number;
  /** The lease under which its result was accepted. */
  readonly number: number;
  readonly outcome: string;
}

export interface Rows extends Disposable {
  /** Damage that SQLite reports. */
  readonly damage: readonly string[];
  readonly messages: () => Iterable<MessageRow>;
  readonly executionsOf: (messageId: string) => readonly ExecutionRow[];
  /** The functions that a repetition runs again: those that failed in the message before it. */
  readonly failedBefore: (repetition: MessageRow) => readonly string[];
  readonly attemptsOf: (executionId: number) => readonly AttemptRow[];
  readonly totals: {
    readonly stored: number;
    readonly duplicates: number;
    /** Attempts that lost their process, except through the end of the server. */
    readonly interrupted: number;
    /** Executions of the counting function, and the value it counted to. */
    readonly counting: number;
    readonly counted: number;
  };
}

export function readRows(path: string): Rows {
  const sqlite = new Database(path, { readonly: true });
  const messages = sqlite.prepare<[], MessageRow & { readonly body_bytes: number }>(
    `SELECT id, uri, status, decided, delivery_id, duplicate_of, repetition_of, body_bytes, body
     FROM message JOIN content ON content.message_id = message.id ORDER BY id`,
  );
  const executions = sqlite.prepare<[string], ExecutionRow>(
    "SELECT * FROM execution WHERE message_id = ? ORDER BY id",
  );
  const failedBefore = sqlite
    .prepare<{ first: string | null; id: string }, string>(
      `SELECT function FROM execution WHERE status = 'FAILED' AND message_id = (
         SELECT message_id FROM execution
         WHERE message_id IN (SELECT :first UNION ALL SELECT id FROM message WHERE repetition_of = :first)
           AND id < ifnull((SELECT min(id) FROM execution WHERE message_id = :id), 9e15)
         ORDER BY id DESC LIMIT 1)`,
    )
    .pluck();
  // The single attempt of an execution that ended before it was stored lies in the row of the execution.
  const attempts = sqlite.prepare<{ id: number }, AttemptRow>(
    `SELECT execution_id, number, outcome FROM attempt WHERE execution_id = :id
     UNION ALL SELECT id, 1, outcome FROM execution WHERE id = :id AND report IS NOT NULL ORDER BY number`,
  );
  const number = (sql: string) => Number(sqlite.prepare(sql).pluck().get() ?? 0);
  const integrity = sqlite.pragma("integrity_check") as { readonly integrity_check: string }[];
  const found = integrity.map((row) => row.integrity_check).filter((text) => text !== "ok");
  const orphans = sqlite.pragma("foreign_key_check") as object[];
  return {
    damage: [...found, ...orphans.map((row) => `foreign key: ${JSON.stringify(row)}`)],
    *messages() {
      for (const row of messages.iterate()) yield { ...row, body: unpacked(row) };
    },
    executionsOf: (messageId) => executions.all(messageId),
    failedBefore: ({ id, repetition_of: first }) => failedBefore.all({ first, id }),
    attemptsOf: (executionId) => attempts.all({ id: executionId }),
    totals: {
      stored: number("SELECT count(*) FROM message"),
      duplicates: number("SELECT count(*) FROM message WHERE status = 'DUPLICATE'"),
      interrupted: number("SELECT count(*) FROM attempt WHERE outcome = 'INTERRUPTED'"),
      counting: number("SELECT count(*) FROM execution WHERE function = 'counts'"),
      counted: number("SELECT value FROM kv WHERE function = 'counts' AND key = 'runs'"),
    },
    [Symbol.dispose]: () => sqlite.close(),
  };
}

/**
 * Inflates a stored body without the code of the server. Bytes that cannot be inflated differ from what was sent, so
 * they show up as a violation.
 */
function unpacked({ body, body_bytes: bytes }: { body: Buffer; body_bytes: number }): Buffer {
  if (body.length >= bytes) return body;
  try {
    return inflateRawSync(body);
  } catch {
    return body;
  }
}
