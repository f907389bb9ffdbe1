/** The `message` and `content` tables: one received request, and the decision about it. */
import { HookyardError } from "../../errors.ts";
import {
  type Decision,
  isSynchronous,
  strangerBytes,
  type TraceEntry,
} from "../../model/decision.ts";
import {
  type HeaderList,
  headersAsJson,
  type Message,
  type MessageStatus,
} from "../../model/message.ts";
import type { ContentRow, MessageRow } from "../rows.ts";
import type { Sqlite } from "../sqlite/database.ts";
import type { MatchedMessage } from "./message-cache.ts";
import { noteOfDecision } from "./note.ts";
import { packBody, unpackBody } from "./packed-body.ts";
import { TraceTable } from "./trace-table.ts";

/** The status of a message that follows from its decision. */
export interface Verdict {
  readonly status: MessageStatus;
  /** The message that answers for the same delivery. */
  readonly duplicateOf?: string;
  /** The first message of the same delivery, if this one runs again what failed. */
  readonly repetitionOf?: string;
  /** The note of its functions, if some have ended already. */
  readonly note?: string;
}

/** The rows of both tables without the body, with the trace expanded. */
export type DescribedMessage = MessageRow &
  Omit<ContentRow, "trace" | "body"> & { readonly trace: readonly TraceEntry[] };

/** All that running its functions needs. */
export type StoredMessage = MessageRow & Pick<ContentRow, "headers" | "body">;

export interface EndedMessage {
  readonly status: MessageStatus;
  readonly provider: string | null;
  /** Length of its body. */
  readonly bytes: number;
  readonly resubmittedFrom: string | null;
}

export interface PendingMessages {
  readonly count: number;
  /** Milliseconds since the epoch; null when there is none. */
  readonly oldest: number | null;
}

const NO_BODY = Buffer.alloc(0);

export class MessageTable {
  readonly #traces: TraceTable;
  readonly #insertMessage;
  readonly #insertContent;
  readonly #decided;
  readonly #decide;
  readonly #decideContent;
  readonly #describe;
  readonly #read;
  readonly #readHead;
  readonly #bodyBytes;
  readonly #undecided;
  readonly #startingWith;
  readonly #finish;
  readonly #pending;
  readonly #note;

  constructor(sqlite: Sqlite) {
    this.#traces = new TraceTable(sqlite);
    this.#insertMessage = sqlite.prepare<Omit<MessageRow, "problem">>(
      `INSERT INTO message (id, received_at, method, uri, base_path, path, query_string, remote_address, body_bytes,
         sync, status, decided, provider, event_type, delivery_id, note, duplicate_of, repetition_of, resubmitted_from, judged_at, edited, only_functions, original_scripts, stranger_bytes)
       VALUES (:id, :received_at, :method, :uri, :base_path, :path, :query_string, :remote_address, :body_bytes,
         :sync, :status, :decided, :provider, :event_type, :delivery_id, :note, :duplicate_of, :repetition_of, :resubmitted_from, :judged_at, :edited, :only_functions, :original_scripts, :stranger_bytes)`,
    );
    this.#insertContent = sqlite.prepare<ContentRow>(
      "INSERT INTO content (message_id, headers, trace, verification, body) VALUES (:message_id, :headers, :trace, :verification, :body)",
    );
    this.#decided = sqlite
      .prepare<[string], number>("SELECT decided FROM message WHERE id = ?")
      .pluck();
    this.#decide = sqlite.prepare<
      Pick<MessageRow, keyof ReturnType<typeof decisionColumns> | "id">
    >(
      `UPDATE message SET status = :status, decided = :decided, provider = :provider, event_type = :event_type,
         delivery_id = :delivery_id, note = :note, duplicate_of = :duplicate_of,
         repetition_of = :repetition_of, stranger_bytes = :stranger_bytes WHERE id = :id`,
    );
    this.#decideContent = sqlite.prepare<Pick<ContentRow, "message_id" | "trace" | "verification">>(
      "UPDATE content SET trace = :trace, verification = :verification WHERE message_id = :message_id",
    );
    this.#describe = sqlite.prepare<[string], MessageRow & Omit<ContentRow, "body">>(
      `SELECT message.*, message_id, headers, trace, verification
       FROM message JOIN content ON message_id = message.id WHERE message.id = ?`,
    );
    this.#read = sqlite.prepare<[string], StoredMessage>(
      "SELECT message.*, headers, body FROM message JOIN content ON message_id = message.id WHERE message.id = ?",
    );
    this.#readHead = sqlite.prepare<[string], Omit<StoredMessage, "body">>(
      "SELECT message.*, headers FROM message JOIN content ON message_id = message.id WHERE message.id = ?",
    );
    this.#bodyBytes = sqlite
      .prepare<[string], number>("SELECT body_bytes FROM message WHERE id = ?")
      .pluck();
    this.#undecided = sqlite
      .prepare<[], string>("SELECT id FROM message WHERE decided = 0 ORDER BY id")
      .pluck();
    this.#startingWith = sqlite
      .prepare<[string, string], string>("SELECT id FROM message WHERE id >= ? AND id < ? LIMIT 2")
      .pluck();
    this.#pending = sqlite.prepare<[], PendingMessages>(
      `SELECT COUNT(*) AS count, (SELECT received_at FROM message WHERE status = 'PENDING' ORDER BY id LIMIT 1) AS oldest
       FROM message WHERE status = 'PENDING'`,
    );
    this.#finish = sqlite.prepare<{ id: string }, EndedMessage>(
      `UPDATE message SET status = CASE
         WHEN EXISTS (SELECT 1 FROM execution WHERE message_id = :id AND status = 'FAILED') THEN 'FAILED' ELSE 'SUCCESS' END
       WHERE id = :id AND NOT EXISTS (SELECT 1 FROM execution WHERE message_id = :id AND status IN ('PENDING', 'RUNNING'))
       RETURNING status, provider, body_bytes AS bytes, resubmitted_from AS resubmittedFrom`,
    );
    // The note of a failure is not overwritten by a success.
    this.#note = sqlite.prepare<{ id: string; note: string | null; failed: number }>(
      `UPDATE message SET note = :note WHERE id = :id
         AND (:failed OR NOT EXISTS (SELECT 1 FROM execution WHERE message_id = :id AND status = 'FAILED'))`,
    );
  }

  insert(message: Message, decision: Decision | undefined, verdict: Verdict): void {
    const { id, resubmission } = message;
    this.#insertMessage.run({
      id,
      received_at: message.receivedAt,
      method: message.method,
      uri: message.uri,
      base_path: message.basePath,
      path: message.path,
      query_string: message.queryString,
      remote_address: message.remoteAddress,
      body_bytes: message.body.length,
      sync: Number(isSynchronous(message, decision)),
      resubmitted_from: resubmission?.of ?? null,
      judged_at: resubmission?.judgedAt ?? null,
      edited: Number(resubmission?.edited ?? false),
      only_functions:
        resubmission?.functions === undefined ? null : JSON.stringify(resubmission.functions),
      original_scripts: Number(resubmission?.originalScripts ?? false),
      ...decisionColumns(message, decision, verdict),
    });
    this.#insertContent.run({
      message_id: id,
      headers: headersAsJson(message),
      body: packBody(message.body),
      ...this.#contentColumns(message, decision),
    });
  }

  isUndecided(id: string): boolean {
    return this.#decided.get(id) === 0;
  }

  /** Stores a decision made after the message was stored. */
  decide(message: Message, decision: Decision, verdict: Verdict): void {
    const { id } = message;
    this.#decide.run({ id, ...decisionColumns(message, decision, verdict) });
    this.#decideContent.run({ message_id: id, ...this.#contentColumns(message, decision) });
  }

  /** 0 for an unknown message. */
  bodyBytes(id: string): number {
    return this.#bodyBytes.get(id) ?? 0;
  }

  /** Without the body, which may be megabytes. */
  describe(id: string): DescribedMessage | undefined {
    const row = this.#describe.get(id);
    if (row === undefined) return undefined;
    return { ...row, trace: row.trace === null ? [] : this.#traces.read(row.trace, row) };
  }

  read(id: string): StoredMessage | undefined {
    const row = this.#read.get(id);
    return row && { ...row, body: unpackBody(row.body, row.body_bytes) };
  }

  /** The same with an empty body. */
  readWithoutBody(id: string): StoredMessage | undefined {
    const row = this.#readHead.get(id);
    return row && { ...row, body: NO_BODY };
  }

  /** At most two of the ids that start with `start`, a text of hexadecimal digits and dashes. */
  idsStartingWith(start: string): readonly string[] {
    return this.#startingWith.all(start, `${start}g`);
  }

  /** Ids of messages whose decision was not stored before the process ended, oldest first. */
  undecided(): readonly string[] {
    return this.#undecided.all();
  }

  /** Ends the message if none of its executions is pending or running; undefined otherwise. */
  finish(id: string): EndedMessage | undefined {
    return this.#finish.get({ id });
  }

  pending(): PendingMessages {
    return this.#pending.get() ?? { count: 0, oldest: null };
  }

  /** Sets the line shown in lists. A note without a failure does not overwrite the note of a failure. */
  note(id: string, note: string | undefined, isFailure: boolean): void {
    this.#note.run({ id, note: note ?? null, failed: Number(isFailure) });
  }

  #contentColumns({ receivedAt }: Message, decision: Decision | undefined) {
    if (decision === undefined) return { trace: null, verification: null };
    const verification =
      decision.kind === "unmatched" ? null : JSON.stringify(decision.verification);
    return { trace: this.#traces.put(decision.trace, receivedAt), verification };
  }
}

function decisionColumns(
  message: Message,
  decision: Decision | undefined,
  { note, ...verdict }: Verdict,
) {
  const matched = decision === undefined || decision.kind === "unmatched" ? undefined : decision;
  return {
    status: verdict.status,
    decided: Number(decision !== undefined),
    provider: matched?.provider ?? null,
    event_type: matched?.eventType ?? null,
    delivery_id: matched?.deliveryId ?? null,
    note: decision === undefined ? null : (note ?? noteOfDecision(decision, verdict)),
    duplicate_of: verdict.duplicateOf ?? null,
    repetition_of: verdict.repetitionOf ?? null,
    stranger_bytes: strangerBytes(message, decision) ?? null,
  };
}

export function messageFromRow(row: StoredMessage): Message {
  const headers: HeaderList = JSON.parse(row.headers);
  const message = {
    id: row.id,
    receivedAt: row.received_at,
    method: row.method,
    uri: row.uri,
    basePath: row.base_path,
    path: row.path,
    queryString: row.query_string,
    headers,
    body: row.body,
    remoteAddress: row.remote_address,
    sync: row.sync === 1,
  };
  if (row.resubmitted_from === null) return message;
  const functions: readonly string[] | undefined =
    row.only_functions === null ? undefined : JSON.parse(row.only_functions);
  const resubmission = {
    of: row.resubmitted_from,
    judgedAt: row.judged_at ?? row.received_at,
    edited: row.edited === 1,
    ...(row.original_scripts === 1 ? { originalScripts: true } : {}),
    ...(functions === undefined ? {} : { functions }),
  };
  return { ...message, resubmission };
}

/** A missing message that a row refers to means a damaged database. */
export function missingMessage(id: string): never {
  const detail = `message ${id} is missing although rows refer to it`;
  throw new HookyardError("database_unusable", detail);
}

export const matchedFromRow = (row: StoredMessage): MatchedMessage => ({
  message: messageFromRow(row),
  provider: row.provider ?? "",
  eventType: row.event_type,
  deliveryId: row.delivery_id,
  repetitionOf: row.repetition_of,
});
