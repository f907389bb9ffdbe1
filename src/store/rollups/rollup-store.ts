/** Counts of messages by time and by problem: how they are kept, and what is read from them. */
import type { AuditTable } from "../access/audit-table.ts";
import { ProblemStore } from "../problems/problem-store.ts";
import { ProblemTable } from "../problems/problem-table.ts";
import type { Sqlite } from "../sqlite/database.ts";
import type { Write } from "../sqlite/writer.ts";
import { MessageStatsReader } from "./message-stats.ts";
import { RollupTable } from "./rollup-table.ts";
import { Rollups } from "./rollups.ts";

export class RollupStore extends Rollups {
  readonly stats: MessageStatsReader;

  readonly problems: ProblemStore;

  constructor(sqlite: Sqlite, audit: AuditTable, write: Write) {
    const table = new RollupTable(sqlite);
    super({ sqlite, write, table, problems: new ProblemTable(sqlite) });
    this.problems = new ProblemStore(sqlite, audit, write);
    this.stats = new MessageStatsReader(sqlite, table);
  }
}
