/** Messages as the API shows them: ISO times, no secrets of the server; bodies have a path of their own. */
import type { TraceEntry, Verification } from "../model/decision.ts";
import type { VersionInUse } from "../model/definition.ts";
import { parseForShow } from "../model/exact-json.ts";
import type { ScriptError, ScriptFailure } from "../model/failure-kind.ts";
import type { NearUri } from "../model/nearest-uri.ts";
import { type Caller, may } from "../model/permission.ts";
import type {
  AttemptDetails,
  ExecutionDetails,
  MessageDetails,
} from "../store/messages/message-details.ts";
import type { ListedMessage } from "../store/messages/message-list.ts";

const iso = (time: number) => new Date(time).toISOString();

/** URIs of functions near that of an unmatched message, with the provider that matched it, if any. */
export type NearUrisOf = (uri: string, provider: string | undefined) => readonly NearUri[];

export function listedView(row: ListedMessage, seen: Visibility, nearUris: NearUrisOf) {
  const { status, uri, provider } = row;
  return {
    id: row.id,
    receivedAt: iso(row.received_at),
    method: row.method,
    uri: row.uri,
    status: row.status,
    provider: row.provider,
    eventType: row.event_type,
    deliveryId: row.delivery_id,
    message: noteView(row, seen),
    bodyBytes: row.body_bytes,
    sync: row.sync === 1,
    duplicateOf: row.duplicate_of,
    repetitionOf: row.repetition_of,
    resubmittedFrom: row.resubmitted_from,
    edited: row.edited === 1,
    nearestUris: status === "UNMATCHED" ? nearUris(uri, provider ?? undefined) : [],
  };
}

/** The parts of a message that the caller's permissions show. */
export interface Visibility {
  /**
   * Query string, header values, results and responses of functions; texts of errors and verification reasons, which
   * may quote a body.
   */
  readonly details: boolean;
  /** Log lines of scripts. */
  readonly logs: boolean;
  /** Source lines of scripts in errors. */
  readonly frames: boolean;
}

export const seenBy = (caller: Caller): Visibility => ({
  details: may(caller, "messages:details"),
  logs: may(caller, "messages:logs"),
  frames: may(caller, "scripts:read"),
});

/**
 * The note of a failure is `name: text`; the note of a rejection is `verification failed: text` when a script gave the
 * reason. The note of a pending message may come from a failed attempt.
 */
function noteView({ note, status }: ListedMessage, { details }: Visibility): string | null {
  if (details || note === null) return note;
  if (status === "PENDING") return null;
  if (status === "REJECTED") return note.startsWith(BY_SCRIPT) ? beforeColon(note) : note;
  return status === "FAILED" ? nameView(beforeColon(note)) : note;
}

const BY_SCRIPT = "verification failed:";

/** A warning ends with a value or an error text of the script: that part needs `details`. */
const warningView = (warning: string, { details }: Visibility) =>
  details ? warning : (/^[^:]*?the script returned|^[^:]*/.exec(warning)?.[0] ?? "");

const beforeColon = (text: string) => text.split(": ", 1)[0] ?? "";

/** Error names are chosen by scripts, so only plain ones are shown. */
const nameView = (name: string) => (/^[\w$.]{1,60}$/.test(name) ? name : "Error");

/** Kind, name and position are shown to every caller that sees the message. */
export function failureView(
  { kind, causes, ...error }: ScriptFailure,
  seen: Pick<Visibility, "details" | "frames">,
) {
  const shown = causes?.map((cause) => errorView(cause, seen));
  return { kind, ...errorView(error, seen), ...(shown === undefined ? {} : { causes: shown }) };
}

function errorView(
  { message, stack, frame, name, ...place }: ScriptError,
  { details, frames }: Pick<Visibility, "details" | "frames">,
) {
  return {
    ...place,
    name: details ? name : nameView(name),
    message: details ? message : null,
    ...(frame === undefined || !frames ? {} : { frame }),
    ...(stack === undefined || !details ? {} : { stack }),
  };
}

/** The number of a script version; null if the version is not stored. */
export type NumberOfVersion = (version: VersionInUse) => number | null;

/** Hidden values are null, and hidden logs an empty list; `hidden` names them. */
export function detailsView(
  { row, headers, trace, verification, executions }: MessageDetails,
  seen: Visibility,
  { numberOf, nearUris }: { readonly numberOf: NumberOfVersion; readonly nearUris: NearUrisOf },
) {
  return {
    ...listedView(row, seen, nearUris),
    hidden: HIDEABLE.filter((part) => !seen[part]),
    path: row.path,
    query: seen.details ? row.query_string : null,
    remoteAddress: row.remote_address,
    headers: headers.map(([name, value]) => [name, seen.details ? value : null] as const),
    verification: verification === null ? null : verificationView(verification, seen),
    trace: trace.map((entry) => ({
      ...traceView(entry, seen),
      versionNumber: numberOf({ kind: "provider", name: entry.provider, version: entry.version }),
    })),
    executions: executions.map((execution) => executionView(execution, seen, numberOf)),
  };
}
const HIDEABLE = ["details", "logs"] as const;

/** A reason given by a script may quote the message. */
export const verificationView = (
  { error, reason, isOwnReason, ...verification }: Verification,
  seen: Visibility,
) => ({
  ...verification,
  ...(reason === undefined || !(seen.details || isOwnReason === true) ? {} : { reason }),
  ...(error === undefined ? {} : { error: failureView(error, seen) }),
});

const traceView = ({ logs, error, warning, ...entry }: TraceEntry, seen: Visibility) => ({
  ...entry,
  ...(warning === undefined ? {} : { warning: warningView(warning, seen) }),
  ...(error === undefined ? {} : { error: failureView(error, seen) }),
  ...(logs === undefined ? {} : { logs: logsView(logs, seen) }),
});

const rounded = (ms: number | undefined) =>
  ms === undefined ? null : Math.round(ms * 1000) / 1000;

function executionView(
  { attempts, nextAttemptAt, ...execution }: ExecutionDetails,
  seen: Visibility,
  numberOf: NumberOfVersion,
) {
  const last = attempts.at(-1);
  const numberFor = (version: string) =>
    numberOf({ kind: "function", name: execution.function, version });
  return {
    ...execution,
    versionNumber: numberFor(execution.version),
    message: last?.message ?? null,
    durationMs: rounded(last?.durationMs),
    result: resultView(last?.result, seen),
    error: last?.failure === undefined ? null : failureView(last.failure, seen),
    logs: logsView(last?.logs ?? [], seen),
    attempts: attempts.map((attempt) => ({
      ...attemptView(attempt, seen),
      versionNumber: numberFor(attempt.version),
    })),
    nextAttemptAt: nextAttemptAt === null ? null : iso(nextAttemptAt),
  };
}

function attemptView(
  { failure, result, response, logs, endedAt, ...details }: AttemptDetails,
  seen: Visibility,
) {
  const { begun: _, ...attempt } = { begun: undefined, ...details };
  return {
    ...attempt,
    ...(response === undefined || !seen.details ? {} : { response }),
    durationMs: rounded(attempt.durationMs),
    endedAt: iso(endedAt),
    result: resultView(result, seen),
    error: failure === undefined ? null : failureView(failure, seen),
    logs: logsView(logs, seen),
  };
}

export const logView = ({ at, ...line }: AttemptDetails["logs"][number]) => ({
  at: iso(at),
  ...line,
});

const logsView = (logs: AttemptDetails["logs"], seen: Visibility) =>
  seen.logs ? logs.map(logView) : [];

/** Results are stored as JSON text. */
const resultView = (result: string | undefined, { details }: Visibility): unknown =>
  result === undefined || !details ? null : parseForShow(result);
