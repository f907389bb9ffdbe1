/** Messages as the API shows them: ISO times, no secrets of ours, bodies only on their own path. */
import type { TraceEntry } from "../model/decision.ts";
import type { AttemptDetails, ExecutionDetails, MessageDetails } from "../store/message-details.ts";
import type { ListedMessage } from "../store/message-list.ts";

const iso = (time: number) => new Date(time).toISOString();

export function listedView(row: ListedMessage) {
  return {
    id: row.id,
    receivedAt: iso(row.received_at),
    method: row.method,
    uri: row.uri,
    status: row.status,
    provider: row.provider,
    eventType: row.event_type,
    deliveryId: row.delivery_id,
    message: row.note,
    bodyBytes: row.body_bytes,
    sync: row.sync === 1,
    duplicateOf: row.duplicate_of,
    resubmittedFrom: row.resubmitted_from,
    edited: row.edited === 1,
  };
}

/** What whoever asks may see beside what became of the message. */
export interface Seen {
  /** Query string, values of headers, results and answers of functions. */
  readonly details: boolean;
  /** What scripts logged. */
  readonly logs: boolean;
}

/** What may not be seen is null, or an empty list of logs; `hidden` says so. */
export function detailsView(
  { row, headers, trace, verification, executions }: MessageDetails,
  seen: Seen,
) {
  return {
    ...listedView(row),
    hidden: SEEABLE.filter((part) => !seen[part]),
    path: row.path,
    query: seen.details ? row.query_string : null,
    remoteAddress: row.remote_address,
    headers: headers.map(([name, value]) => [name, seen.details ? value : null] as const),
    verification,
    trace: trace.map((entry) => traceView(entry, seen)),
    executions: executions.map((execution) => executionView(execution, seen)),
  };
}
const SEEABLE = ["details", "logs"] as const;

const traceView = ({ logs, ...entry }: TraceEntry, seen: Seen) => ({
  ...entry,
  ...(logs === undefined ? {} : { logs: logsView(logs, seen) }),
});

const rounded = (ms: number | undefined) =>
  ms === undefined ? null : Math.round(ms * 1000) / 1000;

function executionView({ attempts, nextAttemptAt, ...execution }: ExecutionDetails, seen: Seen) {
  const last = attempts.at(-1);
  return {
    ...execution,
    message: last?.message ?? null,
    durationMs: rounded(last?.durationMs),
    result: resultView(last?.result, seen),
    error: last?.failure ?? null,
    logs: logsView(last?.logs ?? [], seen),
    attempts: attempts.map((attempt) => attemptView(attempt, seen)),
    nextAttemptAt: nextAttemptAt === null ? null : iso(nextAttemptAt),
  };
}

function attemptView(
  { failure, result, response, logs, endedAt, ...details }: AttemptDetails,
  seen: Seen,
) {
  const { begun: _, ...attempt } = { begun: undefined, ...details };
  return {
    ...attempt,
    ...(response === undefined || !seen.details ? {} : { response }),
    durationMs: rounded(attempt.durationMs),
    endedAt: iso(endedAt),
    result: resultView(result, seen),
    error: failure ?? null,
    logs: logsView(logs, seen),
  };
}

export const logView = ({ at, ...line }: AttemptDetails["logs"][number]) => ({
  at: iso(at),
  ...line,
});

const logsView = (logs: AttemptDetails["logs"], seen: Seen) => (seen.logs ? logs.map(logView) : []);

/** Results are stored as JSON text. */
const resultView = (result: string | undefined, { details }: Seen): unknown =>
  result === undefined || !details ? null : JSON.parse(result);
