/** The audit log for callers outside a transaction: entries about reads, and lists. */
import { hash } from "node:crypto";
import type { AuditEntry } from "../../model/audit.ts";
import type { Write } from "../sqlite/writer.ts";
import type { AuditFilter, AuditPage, AuditTable } from "./audit-table.ts";

/** Repeated identical reads, as by a polling program, make one entry a minute. */
const SAME_READ_MS = 60_000;
const MAX_REMEMBERED = 10_000;

export class AuditLog {
  readonly #table: AuditTable;
  readonly #write: Write;
  readonly #reads = new Map<string, number>();

  constructor(table: AuditTable, write: Write) {
    this.#table = table;
    this.#write = write;
  }

  /** Resolves once the entry is on disk. Rejects with `storage_unavailable`. */
  note(entry: AuditEntry): Promise<void> {
    return this.#write(() => this.#table.insert(entry));
  }

  /** Writes with the next commit; the reader need not wait for it. Rejects with `storage_unavailable`. */
  async noteRead(entry: AuditEntry): Promise<void> {
    const key = keyOf(entry);
    const last = this.#reads.get(key);
    if (last !== undefined && Math.abs(entry.at - last) < SAME_READ_MS) return;
    this.#reads.delete(key);
    this.#reads.set(key, entry.at);
    const [oldest] = this.#reads.keys();
    if (this.#reads.size > MAX_REMEMBERED && oldest !== undefined) this.#reads.delete(oldest);
    try {
      await this.#write(() => this.#table.insert(entry));
    } catch (error) {
      this.#reads.delete(key);
      throw error;
    }
  }

  list(filter: AuditFilter): AuditPage {
    return this.#table.list(filter);
  }
}

/** A digest, so that ten thousand remembered keys take little memory. */
const keyOf = ({ caller, action, target, after }: AuditEntry): string =>
  hash("sha256", JSON.stringify([caller, action, target, after]), "base64");
