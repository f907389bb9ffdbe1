/** The `execution` table: what is owed, what runs, and how it moves on. */
import { firstToRun, isFollowed, type OwedFunction } from "../../model/decision.ts";
import {
  type ExecutionStatus,
  type LastAttempt,
  LEASE_MS,
  type RetryPolicy,
} from "../../model/execution.ts";
import type { ExecutionRow } from "../schema.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { type EndColumns, endColumns } from "./end-columns.ts";

/** An execution that was claimed, with the token that fences its result. */
export interface Claim {
  readonly executionId: number;
  readonly messageId: string;
  readonly function: string;
  readonly params: Readonly<Record<string, string>>;
  /** Others of the message wait for this one. */
  readonly followed: boolean;
  readonly retry: RetryPolicy;
  readonly leaseToken: number;
  /** Attempts that ended before this one. */
  readonly attempt: number;
  readonly interruptions: number;
}

/** How the run of a function has ended already; undefined while it has not, or while more is to follow. */
export type EndedOf = (name: string) => LastAttempt | undefined;

/** What became of executions as they were stored. */
export interface Born {
  readonly claims: readonly Claim[];
  /** How many were claimed or had even ended. */
  readonly begun: number;
}

export interface ClaimRound {
  readonly claims: readonly Claim[];
  /** Functions of which executions may be due that were left, because there was no room for them. */
  readonly waiting: ReadonlySet<string>;
  /** When the next execution becomes due, as far as this round saw; undefined when none waits for its time. */
  readonly nextDueAt: number | undefined;
}

/** How much a round may claim, in which functions take turns. */
export interface Turns {
  /** The round begins, perhaps once more: what was claimed before was not. */
  readonly begin: () => void;
  /** How many more executions of a function may be claimed. */
  readonly room: (name: string) => number;
  readonly claimed: (name: string, count: number) => void;
}

export interface Progress {
  readonly status: ExecutionStatus;
  readonly runAt: number | null;
  readonly attempt: number;
  readonly interruptions: number;
  /** Of the script that ran; empty when none did. */
  readonly version: string;
}

/** Most executions of one function claimed in one turn: the others get theirs before it has a second one. */
const TURN = 32;

export class ExecutionTable {
  readonly #insert;
  readonly #nextFunction;
  readonly #nextDue;
  readonly #claim;
  readonly #move;
  readonly #releaseNext;
  readonly #ofMessage;
  /** The function whose turn was last, so that turns go round. */
  #lastTurn = "";

  constructor(sqlite: Sqlite) {
    this.#insert = sqlite.prepare<Omit<ExecutionRow, "id" | "interruptions">>(
      `INSERT INTO execution (message_id, function, version, params, position, followed, retry, status, run_at, lease_token, lease_until, attempt,
         ended_at, duration_ms, outcome, report)
       VALUES (:message_id, :function, :version, :params, :position, :followed, :retry, :status, :run_at, :lease_token, :lease_until, :attempt,
         :ended_at, :duration_ms, :outcome, :report)`,
    );
    this.#nextFunction = sqlite
      .prepare<[string], string>(
        `SELECT function FROM execution WHERE status = 'PENDING' AND run_at IS NOT NULL AND function > ? ORDER BY function LIMIT 1`,
      )
      .pluck();
    this.#nextDue = sqlite
      .prepare<[string, number], number>(
        `SELECT run_at FROM execution WHERE status = 'PENDING' AND function = ? AND run_at > ? ORDER BY run_at LIMIT 1`,
      )
      .pluck();
    this.#claim = sqlite.prepare<[number, string, number, number], ExecutionRow>(
      `UPDATE execution SET status = 'RUNNING', lease_token = lease_token + 1, lease_until = ? WHERE id IN (
         SELECT id FROM execution WHERE status = 'PENDING' AND function = ? AND run_at <= ? ORDER BY run_at, id LIMIT ?)
       RETURNING *`,
    );
    this.#move = sqlite.prepare<Progress & { id: number; leaseToken: number }>(
      `UPDATE execution SET status = :status, run_at = :runAt, attempt = :attempt, interruptions = :interruptions,
         version = COALESCE(NULLIF(:version, ''), version)
       WHERE id = :id AND lease_token = :leaseToken AND status = 'RUNNING'`,
    );
    this.#releaseNext = sqlite.prepare<{ message_id: string; now: number }>(
      `UPDATE execution SET run_at = :now WHERE message_id = :message_id AND status = 'PENDING' AND run_at IS NULL
         AND position = (SELECT MIN(position) FROM execution WHERE message_id = :message_id AND status = 'PENDING' AND run_at IS NULL)
         AND NOT EXISTS (SELECT 1 FROM execution WHERE message_id = :message_id
           AND (status = 'RUNNING' OR (status = 'PENDING' AND run_at IS NOT NULL)))`,
    );
    this.#ofMessage = sqlite.prepare<[string], ExecutionRow>(
      "SELECT * FROM execution WHERE message_id = ? ORDER BY id",
    );
  }

  /**
   * Functions without an order run at once; the others wait until everything before them has ended. With `endedOf`
   * those that run at once are born claimed, or ended when it says so.
   */
  insertAll(
    messageId: string,
    functions: readonly OwedFunction[],
    now: number,
    endedOf: EndedOf | undefined,
  ): Born {
    const first = new Set(firstToRun(functions));
    const claims: Claim[] = [];
    for (const owed of functions) {
      const isFirst = first.has(owed);
      const ended = isFirst ? endedOf?.(owed.name) : undefined;
      const isClaimed = isFirst && endedOf !== undefined && ended === undefined;
      const birth = ended === undefined ? bornAt(now, isFirst, isClaimed) : endedBy(ended);
      const claim = this.#add(messageId, owed, functions, birth);
      if (isClaimed) claims.push(claim);
    }
    return { claims, begun: endedOf === undefined ? 0 : first.size };
  }

  /** Claims executions that are due while there is room for them: the oldest of each function, functions taking turns. */
  claim(now: number, turns: Turns): ClaimRound {
    turns.begin();
    const claims: Claim[] = [];
    const waiting = new Set<string>();
    const seen = new Set<string>();
    let nextDueAt: number | undefined;
    for (
      let name = this.#following(this.#lastTurn);
      name !== undefined && !seen.has(name);
      name = this.#following(name)
    ) {
      seen.add(name);
      const limit = Math.min(turns.room(name), TURN);
      const rows = limit > 0 ? this.#claim.all(now + LEASE_MS, name, now, limit) : [];
      claims.push(...rows.map(claimFromRow));
      turns.claimed(name, rows.length);
      // Where the limit was reached more may be due, and the next round tells.
      const due = this.#nextDue.get(name, rows.length === limit ? Number.NEGATIVE_INFINITY : now);
      if (due !== undefined && due <= now) waiting.add(name);
      else if (due !== undefined) nextDueAt = Math.min(due, nextDueAt ?? due);
      this.#lastTurn = name;
    }
    return { claims, waiting, nextDueAt };
  }

  /** Moves a claimed execution on. False when the claim is no longer the latest: the result must be dropped. */
  move(claim: Pick<Claim, "executionId" | "leaseToken">, progress: Progress): boolean {
    return (
      this.#move.run({ id: claim.executionId, leaseToken: claim.leaseToken, ...progress })
        .changes === 1
    );
  }

  /** Lets the next group in order run when nothing before it is left. */
  releaseNext(messageId: string, now: number): boolean {
    return this.#releaseNext.run({ message_id: messageId, now }).changes > 0;
  }

  ofMessage(messageId: string): readonly ExecutionRow[] {
    return this.#ofMessage.all(messageId);
  }

  #add(
    messageId: string,
    owed: OwedFunction,
    functions: readonly OwedFunction[],
    { status, runAt, leaseUntil = null, version = owed.version, end }: Birth,
  ): Claim {
    const { name, params, retry } = owed;
    const followed = isFollowed(owed, functions);
    const leaseToken = Number(status !== "PENDING");
    const { lastInsertRowid } = this.#insert.run({
      message_id: messageId,
      function: name,
      version,
      params: JSON.stringify(params),
      position: owed.order ?? null,
      followed: Number(followed),
      retry: JSON.stringify(retry),
      status,
      run_at: runAt,
      lease_token: leaseToken,
      lease_until: leaseUntil,
      attempt: Number(end !== undefined),
      ...(end ?? NOT_ENDED),
    });
    const executionId = Number(lastInsertRowid);
    const tries = { leaseToken, attempt: 0, interruptions: 0 };
    return { executionId, messageId, function: name, params, retry, followed, ...tries };
  }

  #following(name: string): string | undefined {
    return this.#nextFunction.get(name) ?? this.#nextFunction.get("");
  }
}

/** How far an execution is as it is stored. */
interface Birth {
  readonly status: ExecutionStatus;
  readonly runAt: number | null;
  readonly leaseUntil?: number | null;
  readonly version?: string;
  readonly end?: EndColumns;
}

const NOT_ENDED = { ended_at: null, duration_ms: null, outcome: null, report: null } as const;

function bornAt(now: number, isFirst: boolean, isClaimed: boolean): Birth {
  if (isClaimed) return { status: "RUNNING", runAt: now, leaseUntil: now + LEASE_MS };
  return { status: "PENDING", runAt: isFirst ? now : null };
}

/** Without a version it never came to run the one it was owed. */
const endedBy = (ended: LastAttempt): Birth => ({
  status: ended.step.status,
  runAt: null,
  end: endColumns(ended),
  ...(ended.version === "" ? {} : { version: ended.version }),
});

function claimFromRow(row: ExecutionRow): Claim {
  return {
    executionId: row.id,
    messageId: row.message_id,
    function: row.function,
    params: JSON.parse(row.params),
    followed: row.followed === 1,
    retry: JSON.parse(row.retry),
    leaseToken: row.lease_token,
    attempt: row.attempt,
    interruptions: row.interruptions,
  };
}
