/**
 * The `audit` table: an entry is written in the transaction of the change it describes, and rows are only ever added.
 */
import type { AuditAction, AuditEntry } from "../../model/audit.ts";
import type { Message } from "../../model/message.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { queryBuilder, selectAll } from "../sqlite/query-builder.ts";
import { entryTexts } from "./bounded-entry.ts";

export interface AuditFilter {
  readonly caller?: string | undefined;
  readonly action?: AuditAction | undefined;
  readonly target?: string | undefined;
  /** Milliseconds since the epoch, inclusive. */
  readonly from?: number | undefined;
  /** Milliseconds since the epoch, exclusive. */
  readonly to?: number | undefined;
  /** Only entries older than the one with this id. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface AuditPage {
  readonly items: readonly (AuditEntry & { readonly id: number })[];
  readonly nextCursor: number | null;
}

export class AuditTable {
  readonly #sqlite: Sqlite;
  readonly #insert;

  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
    this.#insert = sqlite.prepare<
      [number, string | null, AuditAction, string, string | null, string | null]
    >(
      'INSERT INTO audit (at, caller, action, target, "before", "after") VALUES (?, ?, ?, ?, ?, ?)',
    );
  }

  /** Long values are cut: see `entryTexts`. */
  insert(entry: AuditEntry): void {
    const { at, caller, action } = entry;
    const { target, before, after } = entryTexts(entry);
    this.#insert.run(at, caller, action, target, before, after);
  }

  /** Called for every stored message: a resubmission by a token makes an entry. */
  resubmitted({ id, resubmission }: Message, at: number): void {
    if (resubmission?.by === undefined) return;
    const { of: target, by: caller, edited, functions } = resubmission;
    const after = { messageId: id, edited, ...(functions === undefined ? {} : { functions }) };
    this.insert({ at, caller, action: "message.resubmit", target, after });
  }

  /** Newest first. */
  list({ caller, action, target, from, to, before, limit }: AuditFilter): AuditPage {
    let query = queryBuilder()
      .queries.selectFrom("audit")
      .selectAll()
      .orderBy("id", "desc")
      .limit(limit + 1);
    if (caller !== undefined) query = query.where("caller", "=", caller);
    if (action !== undefined) query = query.where("action", "=", action);
    if (target !== undefined) query = query.where("target", "=", target);
    if (from !== undefined) query = query.where("at", ">=", from);
    if (to !== undefined) query = query.where("at", "<", to);
    if (before !== undefined) query = query.where("id", "<", before);
    const rows = selectAll(this.#sqlite, query);
    const items = rows.slice(0, limit).map((row) => ({
      ...row,
      before: row.before === null ? undefined : JSON.parse(row.before),
      after: row.after === null ? undefined : JSON.parse(row.after),
    }));
    return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }
}
