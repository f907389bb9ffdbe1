/** Keeping the message log within its bounds, in steps that share commits with everybody else's writes. */
import type { AuditTable } from "./audit-table.ts";
import type { FileSize, Removal, RemovalRange, Removed } from "./removal.ts";
import type { Write } from "./writer.ts";

export class Upkeep {
  readonly #removal: Removal;
  readonly #audit: AuditTable;
  readonly #write: Write;

  constructor(removal: Removal, audit: AuditTable, write: Write) {
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
    return this.#write(() => this.#audit.removeBefore(before));
  }

  /** Makes the file a little smaller; false when there is nothing to be gained. */
  shrink(): Promise<boolean> {
    return this.#write(() => this.#removal.shrink());
  }

  fileSize(): FileSize {
    return this.#removal.size();
  }
}
