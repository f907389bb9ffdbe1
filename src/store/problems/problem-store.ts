/** Problems for readers, and their mutes. */
import type { AuditTable } from "../access/audit-table.ts";
import type { Sqlite } from "../sqlite/database.ts";
import type { Write } from "../sqlite/writer.ts";
import { type Mute, ProblemList } from "./problem-list.ts";

export class ProblemStore extends ProblemList {
  readonly #audit: AuditTable;
  readonly #write: Write;
  readonly #mute;
  readonly #muted;

  constructor(sqlite: Sqlite, audit: AuditTable, write: Write) {
    super(sqlite);
    this.#audit = audit;
    this.#write = write;
    this.#mute = sqlite.prepare<[number | null, number | null, string | null, string]>(
      "UPDATE problem SET muted_at = ?, muted_until = ?, muted_by = ? WHERE key = ?",
    );
    this.#muted = sqlite.prepare<[string], { at: number | null; until: number | null }>(
      "SELECT muted_at AS at, muted_until AS until FROM problem WHERE key = ?",
    );
  }

  /** Null mutes until it happens again, undefined ends a mute. False for an unknown problem. */
  mute(
    key: string,
    until: Mute["until"] | undefined,
    { by, now }: { readonly by: string; readonly now: number },
  ): Promise<boolean> {
    return this.#write(() => {
      const before = this.#muted.get(key);
      if (before === undefined) return false;
      if (until === undefined) this.#mute.run(null, null, null, key);
      else this.#mute.run(now, until, by, key);
      this.#audit.insert({
        at: now,
        caller: by,
        action: until === undefined ? "problem.unmute" : "problem.mute",
        target: key,
        ...(before.at === null ? {} : { before: muteValue(before.until) }),
        ...(until === undefined ? {} : { after: muteValue(until) }),
      });
      return true;
    });
  }
}

const muteValue = (until: number | null) => ({
  until: until === null ? null : new Date(until).toISOString(),
});
