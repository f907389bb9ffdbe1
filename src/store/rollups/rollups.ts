/**
 * Counts ended messages in steps, oldest first, and finds the cause of those that did not succeed. Storing a message
 * costs nothing for this: a step reads the rows later, and each message once. The steps remember how far they came; a
 * message that has not ended by then, or is stored late, is noted and counted when it has ended.
 */
import { leastIdAt } from "../../model/message-id.ts";
import type { ProblemTable } from "../problems/problem-table.ts";
import type { Sqlite } from "../sqlite/database.ts";
import type { Write } from "../sqlite/writer.ts";
import { GIVEN_MESSAGES, MessageCounts } from "./message-counts.ts";
import type { RollupTable } from "./rollup-table.ts";

/** Messages of one step: other writes wait while it runs. */
const STEP_MESSAGES = 500;
/** How long a reader waits until messages are counted. */
const CATCH_UP_MS = 200;

interface Range {
  readonly after: string;
  readonly through: string;
}

export interface RollupsDeps {
  readonly sqlite: Sqlite;
  readonly write: Write;
  readonly table: RollupTable;
  readonly problems: ProblemTable;
}

export class Rollups {
  readonly #deps: RollupsDeps;
  readonly #counts: MessageCounts<{ ids: string }>;
  readonly #readThrough;
  readonly #setThrough;
  readonly #next;
  readonly #existsAfter;
  readonly #addPending;
  readonly #addPendingRange;
  readonly #clearRange;
  readonly #removePending;
  readonly #endedIn;
  readonly #endedOf;
  readonly #countedOf;
  readonly #endedPending;
  /** Messages up to this id are counted. May be ahead of the database while a transaction is rolled back. */
  #through: string;
  /** Messages in `rollup_pending` that may have ended. */
  readonly #late = new Set<string>();
  /** False until the first step has read those of earlier runs of the server. */
  #knowsLate = false;
  /** Whether there may be messages to count. */
  #isBehind = true;
  #steps: Promise<unknown> = Promise.resolve();

  constructor(deps: RollupsDeps) {
    this.#deps = deps;
    const { sqlite } = deps;
    this.#counts = new MessageCounts(sqlite, GIVEN_MESSAGES);
    this.#readThrough = sqlite.prepare<[], string>("SELECT through FROM rollup_state").pluck();
    this.#setThrough = sqlite.prepare<[string]>("UPDATE rollup_state SET through = ?");
    this.#next = sqlite
      .prepare<{ after: string; before: string }, string | null>(
        `SELECT max(id) FROM (SELECT id FROM message WHERE id > :after AND id < :before
           ORDER BY id LIMIT ${STEP_MESSAGES})`,
      )
      .pluck();
    this.#existsAfter = sqlite
      .prepare<[string], number>("SELECT EXISTS (SELECT 1 FROM message WHERE id > ?)")
      .pluck();
    this.#addPending = sqlite.prepare<[string]>("INSERT OR IGNORE INTO rollup_pending VALUES (?)");
    this.#addPendingRange = sqlite.prepare<Range>(
      `INSERT INTO rollup_pending SELECT id FROM message
       WHERE id > :after AND id <= :through AND status = 'PENDING'`,
    );
    this.#clearRange = sqlite.prepare<Range>(
      "DELETE FROM rollup_pending WHERE message_id > :after AND message_id <= :through",
    );
    this.#removePending = sqlite.prepare<{ ids: string }>(
      "DELETE FROM rollup_pending WHERE message_id IN (SELECT value FROM json_each(:ids))",
    );
    this.#endedIn = sqlite
      .prepare<Range, string>(
        "SELECT id FROM message WHERE id > :after AND id <= :through AND status <> 'PENDING'",
      )
      .pluck();
    this.#endedOf = sqlite
      .prepare<{ ids: string; through: string }, string>(
        `SELECT message.id FROM json_each(:ids) AS given CROSS JOIN message ON message.id = given.value
         WHERE status <> 'PENDING' AND message.id <= :through
           AND EXISTS (SELECT 1 FROM rollup_pending WHERE message_id = message.id)`,
      )
      .pluck();
    this.#countedOf = sqlite
      .prepare<{ ids: string; through: string }, string>(
        `SELECT value FROM json_each(:ids) WHERE value <= :through
           AND NOT EXISTS (SELECT 1 FROM rollup_pending WHERE message_id = value)`,
      )
      .pluck();
    this.#endedPending = sqlite
      .prepare<[], string>(
        `SELECT message_id FROM rollup_pending CROSS JOIN message ON id = message_id
         WHERE status <> 'PENDING'`,
      )
      .pluck();
    this.#through = this.#readThrough.get() ?? "";
  }

  /** Called in the transaction that stores the message. */
  stored(id: string): void {
    this.#isBehind = true;
    if (id > this.#through) return;
    this.#addPending.run(id);
    this.#late.add(id);
  }

  /** Called in the transaction that ends the message. */
  ended(id: string): void {
    this.#isBehind = true;
    if (id <= this.#through) this.#late.add(id);
  }

  /** Called in the transaction that removes these messages, before it does. */
  removing(ids: readonly string[]): void {
    const through = this.#readThrough.get() ?? "";
    const counted = this.#countedOf.all({ ids: JSON.stringify(ids), through });
    if (counted.length === 0) return;
    this.#deps.table.add(this.#count(counted), -1);
    this.#deps.problems.removing(counted);
  }

  /** Counts some of the messages received before a time. False when none are left. One step runs at a time. */
  step(before: number): Promise<boolean> {
    const step = this.#steps.then(() => this.#step(before));
    this.#steps = step.catch(() => undefined);
    return step;
  }

  /** Counts the messages received by now, unless that takes too long or cannot be stored, as on a full disk. */
  async catchUp(now: number): Promise<void> {
    const until = performance.now() + CATCH_UP_MS;
    try {
      while (performance.now() < until && (await this.step(now + 1)));
    } catch {
      // The reader gets what was counted before. The next step in the background reports the error.
    }
  }

  async #step(before: number): Promise<boolean> {
    if (!this.#isBehind) return false;
    this.#isBehind = false;
    const late = this.#takeLate();
    try {
      const { write } = this.#deps;
      const { found, isBehind } = await write(() => this.#roll(late, leastIdAt(before)));
      if (isBehind || this.#late.size > 0) this.#isBehind = true;
      return found || this.#late.size > 0;
    } catch (error) {
      for (const id of late) this.#late.add(id);
      this.#through = this.#readThrough.get() ?? "";
      this.#isBehind = true;
      throw error;
    }
  }

  #takeLate(): readonly string[] {
    if (!this.#knowsLate) for (const id of this.#endedPending.all()) this.#late.add(id);
    this.#knowsLate = true;
    const taken = this.#late.values().take(STEP_MESSAGES).toArray();
    for (const id of taken) this.#late.delete(id);
    return taken;
  }

  /** Runs again if the transaction is rolled back. */
  #roll(late: readonly string[], before: string) {
    const after = this.#readThrough.get() ?? "";
    const ended = this.#endedOf.all({ ids: JSON.stringify(late), through: after });
    this.#removePending.run({ ids: JSON.stringify(ended) });
    const through = this.#next.get({ after, before }) ?? after;
    if (through !== after) {
      const range = { after, through };
      this.#clearRange.run(range);
      this.#addPendingRange.run(range);
      ended.push(...this.#endedIn.all(range));
      this.#setThrough.run(through);
      this.#through = through;
    }
    if (ended.length > 0) {
      this.#deps.table.add(this.#count(ended), 1);
      this.#deps.problems.assign(ended);
    }
    return { found: through !== after, isBehind: this.#existsAfter.get(through) === 1 };
  }

  #count(ids: readonly string[]) {
    const given = { ids: JSON.stringify(ids) };
    return {
      messages: this.#counts.messages(given),
      executions: this.#counts.executions(given),
    };
  }
}
