/** Keeps the message log and the audit log within their bounds, in steps that share commits with other writes. */
import type { AuditRemoval } from "../access/audit-removal.ts";
import type { Write } from "../sqlite/writer.ts";
import type { FileSize, Removal, RemovalRange, Removed } from "./removal.ts";

export class Upkeep {
  readonly #removal: Removal;
  readonly #audit: AuditRemoval;
  readonly #write: Write;

  constructor(removal: Removal, audit: AuditRemoval, write: Write) {
    this.#removal = removal;
    this.#audit = audit;
    this.#write = write;
  }

  /** Removes a few ended messages, oldest first. */
  removeSome(range: RemovalRange): Promise<Removed> {
    return this.#write(() => this.#removal.step(range));
  }

  /** Removes a few entries of the audit log older than `before`; resolves with how many. */
  removeSomeAudit(before: number): Promise<number> {
    return this.#removeAudit(() => this.#audit.removeBefore(before));
  }

  /** Removes a few of the oldest entries while the audit log is larger than `maxBytes`; resolves with how many. */
  shortenAudit(maxBytes: number): Promise<number> {
    return this.#removeAudit(() => this.#audit.removeDownTo(maxBytes));
  }

  /** Counts the bytes of some entries of the audit log. True when there are more to count. */
  countAudit(): boolean {
    return this.#audit.count();
  }

  /** Bytes of the entries counted so far. */
  get auditBytes(): number {
    return this.#audit.bytes;
  }

  async #removeAudit(remove: () => number): Promise<number> {
    try {
      return await this.#write(remove);
    } catch (error) {
      this.#audit.recount();
      throw error;
    }
  }

  /** Makes the file a little smaller; false when it cannot shrink further. */
  shrink(): Promise<boolean> {
    return this.#write(() => this.#removal.shrink());
  }

  fileSize(): FileSize {
    return this.#removal.size();
  }
}
