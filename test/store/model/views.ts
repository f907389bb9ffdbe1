/** The rows of the store and the state of the model in one form, for comparison. */
import { committedRows } from "./fixture.ts";
import type { Model } from "./model.ts";

interface Row {
  readonly [column: string]: unknown;
}

/** Names ids by order: messages in order of arrival, executions in the order of their message. */
const byMessage = (rows: readonly Row[]) =>
  rows.toSorted((one, other) =>
    String(one["message_id"]).localeCompare(String(other["message_id"])),
  );

/** The rows, without columns that the model does not have. */
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
        // This row is of a message that had ended when it was stored.
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
