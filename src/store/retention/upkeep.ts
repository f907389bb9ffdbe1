/** Keeping the message log within its bounds, in steps that share commits with everybody else's writes. */
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

  /** Removes a few entries of the audit log that are older; resolves with how many. */
  removeSomeAudit(before: number): Promise<number> {
    return this.#removeAudit(() => this.#audit.removeBefore(before));
  }

  /** Removes a few of the oldest entries of the audit log that are too much; resolves with how many. */
  shortenAudit(most: number): Promise<number> {
    return this.#removeAudit(() => this.#audit.removeDownTo(most));
  }

  /** Counts some of what the audit log takes. True when there is more to count. */
  countAudit(): boolean {
    return this.#audit.count();
  }

  /** As far as it has been counted. */
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

  /** Makes the file a little smaller; false when there is nothing to be gained. */
  shrink(): Promise<boolean> {
    return this.#write(() => this.#removal.shrink());
  }

  fileSize(): FileSize {
    return this.#removal.size();
  }
}
