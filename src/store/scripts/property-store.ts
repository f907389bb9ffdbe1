/**
 * Encrypted values of properties: reads are synchronous; changes are written with the next commit and an audit entry.
 */
import type { AuditTable } from "../access/audit-table.ts";
import type { Write } from "../sqlite/writer.ts";
import type { PropertyTable, SealedValue } from "./property-table.ts";

/** Who changes the property, and when in milliseconds since the epoch. */
export interface PropertyChange {
  readonly by: string;
  readonly at: number;
}

export class PropertyStore {
  readonly #table: PropertyTable;
  readonly #audit: AuditTable;
  readonly #write: Write;

  constructor(table: PropertyTable, audit: AuditTable, write: Write) {
    this.#table = table;
    this.#audit = audit;
    this.#write = write;
  }

  all(): readonly SealedValue[] {
    return this.#table.all();
  }

  /** Replaces all values of one property. */
  replace(
    { provider, name }: Pick<SealedValue, "provider" | "name">,
    values: readonly SealedValue[],
    { by: caller, at }: PropertyChange,
  ): Promise<void> {
    return this.#write(() => {
      const count = this.#table.remove(provider, name);
      for (const value of values) this.#table.put(value);
      const action = values.length === 0 ? "property.delete" : "property.set";
      const target = `${provider}/${name}`;
      const [before, after] = [{ values: count }, { values: values.length }];
      this.#audit.insert({ at, caller, action, target, before, after });
    });
  }
}
