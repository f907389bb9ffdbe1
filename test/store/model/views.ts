/** The rows of the store and the state of the model in one form, so that they can be compared. */
import { committedRows } from "./fixture.ts";
import type { Model } from "./model.ts";

interface Row {
  readonly [column: string]: unknown;
}

/** Ids begin in the order in which messages came, executions of one message in the order in which they were given. */
const byMessage = (rows: readonly Row[]) =>
  rows.toSorted((one, other) =>
    String(one["message_id"]).localeCompare(String(other["message_id"])),
  );

/** The rows, as far as the model has an opinion. */
export function viewOf(path: string) {
  const rows = committedRows(path) as Readonly<Record<string, readonly Row[]>>;
  const attempts = rows["attempt"] ?? [];
  return {
    messages: (rows["message"] ?? []).map((row) => [
      row["id"],
      row["status"],
      row["duplicate_of"],
      row["repetition_of"],
    ]),
    executions: byMessage(rows["execution"] ?? []).map((row) => ({
      of: row["message_id"],
      function: row["function"],
      status: row["status"],
      dueAt: row["status"] === "PENDING" ? row["run_at"] : null,
      lease: row["lease_token"],
      attempt: row["attempt"],
      interruptions: row["interruptions"],
      attempts: [
        ...attempts
          .filter((attempt) => attempt["execution_id"] === row["id"])
          .map((attempt) => [attempt["number"], attempt["outcome"]]),
        // Of one that had ended as it was stored.
        ...(row["report"] === null ? [] : [[1, row["outcome"]]]),
      ],
    })),
  };
}

export function viewOfModel({ messages }: Model) {
  return {
    messages: messages.map(({ id, status, duplicateOf = null, repetitionOf = null }) => [
      id,
      status,
      duplicateOf,
      repetitionOf,
    ]),
    executions: messages.flatMap(({ id, executions }) =>
      executions.map(({ order: _, dueAt, attempts, ...execution }) => ({
        of: id,
        ...execution,
        dueAt: execution.status === "PENDING" ? (dueAt ?? null) : null,
        attempts: attempts.map(({ lease, outcome: text }) => [lease, text]),
      })),
    ),
  };
}
