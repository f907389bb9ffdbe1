/** Counts of messages by time and by problem: how they are kept, and what is read from them. */
import type { AuditTable } from "../access/audit-table.ts";
import { ProblemTable } from "../problems/problem-table.ts";
import type { Sqlite } from "../sqlite/database.ts";
import type { Write } from "../sqlite/writer.ts";
import { MessageStatsReader } from "./message-stats.ts";
import { RollupTable } from "./rollup-table.ts";
import { Rollups } from "./rollups.ts";

export class RollupStore extends Rollups {
  readonly stats: MessageStatsReader;

  constructor(sqlite: Sqlite, _audit: AuditTable, write: Write) {
    const table = new RollupTable(sqlite);
    const problems = new ProblemTable(sqlite);
    super({ sqlite, write, table, problems });
    this.stats = new MessageStatsReader(sqlite, table);
  }
}
