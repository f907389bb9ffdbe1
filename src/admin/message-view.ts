/** Messages as the API shows them: ISO times, no secrets of ours, bodies only on their own path. */

import type { TraceEntry } from "../model/decision.ts";
import type { ScriptFailure } from "../model/execution.ts";
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

export function detailsView({ row, headers, trace, verification, executions }: MessageDetails) {
  return {
    ...listedView(row),
    path: row.path,
    query: row.query_string,
    remoteAddress: row.remote_address,
    headers,
    verification,
    trace: trace.map(traceView),
    executions: executions.map(executionView),
  };
}

const traceView = ({ logs, ...entry }: TraceEntry) => ({
  ...entry,
  ...(logs === undefined ? {} : { logs: logs.map(logView) }),
});

const rounded = (ms: number | undefined) =>
  ms === undefined ? null : Math.round(ms * 1000) / 1000;

function executionView({ attempts, nextAttemptAt, ...execution }: ExecutionDetails) {
  const last = attempts.at(-1);
  return {
    ...execution,
    message: last?.message ?? null,
    durationMs: rounded(last?.durationMs),
    result: parsed(last?.result),
    error: last?.failure ?? null,
    logs: (last?.logs ?? []).map(logView),
    attempts: attempts.map(attemptView),
    nextAttemptAt: nextAttemptAt === null ? null : iso(nextAttemptAt),
  };
}

function attemptView({ failure, result, logs, endedAt, ...details }: AttemptDetails) {
  const { begun: _, ...attempt } = { begun: undefined, ...details };
  return {
    ...attempt,
    durationMs: rounded(attempt.durationMs),
    endedAt: iso(endedAt),
    result: parsed(result),
    error: failure ?? null,
    logs: logs.map(logView),
  };
}

export const logView = ({ at, ...line }: AttemptDetails["logs"][number]) => ({
  at: iso(at),
  ...line,
});

export const failureView = (failure: ScriptFailure | undefined) => failure ?? null;

/** Results are stored as JSON text. */
const parsed = (result: string | undefined): unknown =>
  result === undefined ? null : JSON.parse(result);
