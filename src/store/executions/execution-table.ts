/** The `execution` table: inserts, claims and state changes of executions. */
import { firstToRun, isFollowed, type OwedFunction } from "../../model/decision.ts";
import { type ExecutionStatus, LEASE_MS } from "../../model/execution.ts";
import type { LastAttempt, RetryPolicy } from "../../model/retry.ts";
import type { ExecutionRow } from "../rows.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { type EndColumns, endColumns } from "./end-columns.ts";

/** A claimed execution. Its lease token fences its result. */
export interface Claim {
  readonly executionId: number;
  readonly messageId: string;
  readonly function: string;
  readonly params: Readonly<Record<string, string>>;
  /** Later executions of the same message wait for this one. */
  readonly followed: boolean;
  readonly retry: RetryPolicy;
  readonly leaseToken: number;
  /** Attempts that ended before this one. */
  readonly attempt: number;
  readonly interruptions: number;
}

/** How the early run of a function ended; undefined while it runs, or when a retry follows. */
export type EndedOf = (name: string) => LastAttempt | undefined;

/** Result of inserting the executions of a message. */
export interface InsertedExecutions {
  readonly claims: readonly Claim[];
  /** Executions inserted as claimed or ended. */
  readonly begun: number;
}

export interface ClaimRound {
  readonly claims: readonly Claim[];
  /** Functions that may have due executions left, because there was no room for them. */
  readonly waiting: ReadonlySet<string>;
  /** When the next execution becomes due, among the functions this round saw; undefined when none is scheduled. */
  readonly nextDueAt: number | undefined;
}

/** How many executions a round may claim, per function. */
export interface Turns {
  /** Called when the round begins. A retried transaction calls it again, and the earlier claims are void. */
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
  /** Version of the script that ran; empty when none did. */
  readonly version: string;
}

/** Executions of one function claimed per turn at most: the other functions get a turn before its next one. */
const TURN = 32;

export class ExecutionTable {
  readonly #insert;
  readonly #nextFunction;
  readonly #nextDue;
  readonly #claim;
  readonly #move;
  readonly #releaseNext;
  readonly #ofMessage;
  /** The function that had the last turn; the next round continues after it. */
  #lastTurn = "";

  constructor(sqlite: Sqlite) {
    this.#insert = sqlite.prepare<Omit<ExecutionRow, "id" | "interruptions" | "problem">>(
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
   * Inserts the executions of a message. Functions without an order are due at once; the others wait until the ones
   * before them have ended. With `endedOf`, due executions are inserted as claimed, or as ended when it returns an
   * attempt.
   */
  insertAll(
    messageId: string,
    functions: readonly OwedFunction[],
    now: number,
    endedOf: EndedOf | undefined,
  ): InsertedExecutions {
    const first = new Set(firstToRun(functions));
    const claims: Claim[] = [];
    for (const owed of functions) {
      const isFirst = first.has(owed);
      const ended = isFirst ? endedOf?.(owed.name) : undefined;
      const isClaimed = isFirst && endedOf !== undefined && ended === undefined;
      const state =
        ended === undefined ? notEndedState(now, isFirst, isClaimed) : endedState(ended);
      const claim = this.#add(messageId, owed, functions, state);
      if (isClaimed) claims.push(claim);
    }
    return { claims, begun: endedOf === undefined ? 0 : first.size };
  }

  /** Claims due executions while there is room: the oldest of each function, functions taking turns. */
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
      // If the limit was reached, more executions may be due: the next round finds out.
      const due = this.#nextDue.get(name, rows.length === limit ? Number.NEGATIVE_INFINITY : now);
      if (due !== undefined && due <= now) waiting.add(name);
      else if (due !== undefined) nextDueAt = Math.min(due, nextDueAt ?? due);
      this.#lastTurn = name;
    }
    return { claims, waiting, nextDueAt };
  }

  /** Changes the state of a claimed execution. False when a later claim exists: the result must be dropped. */
  move(claim: Pick<Claim, "executionId" | "leaseToken">, progress: Progress): boolean {
    return (
      this.#move.run({ id: claim.executionId, leaseToken: claim.leaseToken, ...progress })
        .changes === 1
    );
  }

  /** Makes the next group in order due if nothing before it is left. */
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
    { status, runAt, leaseUntil = null, version = owed.version, end }: InitialState,
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

/** The state in which an execution is inserted. */
interface InitialState {
  readonly status: ExecutionStatus;
  readonly runAt: number | null;
  readonly leaseUntil?: number | null;
  readonly version?: string;
  readonly end?: EndColumns;
}

const NOT_ENDED = { ended_at: null, duration_ms: null, outcome: null, report: null } as const;

function notEndedState(now: number, isFirst: boolean, isClaimed: boolean): InitialState {
  if (isClaimed) return { status: "RUNNING", runAt: now, leaseUntil: now + LEASE_MS };
  return { status: "PENDING", runAt: isFirst ? now : null };
}

/** An empty version means that no script ran, so the execution keeps the version it was planned with. */
const endedState = (ended: LastAttempt): InitialState => ({
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
