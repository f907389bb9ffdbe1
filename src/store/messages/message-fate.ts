/** The state of a message, for a sender that waits for its end: without body, trace and logs. */
import type { Verification } from "../../model/decision.ts";
import type { ExecutionStatus } from "../../model/execution.ts";
import type { MessageStatus } from "../../model/message.ts";
import type { ScriptResponse } from "../../model/outcome.ts";
import type { Sqlite } from "../sqlite/database.ts";
import type { Write } from "../sqlite/writer.ts";

export interface MessageFate {
  readonly status: MessageStatus;
  readonly provider: string | null;
  /** The first delivery, if this message repeats it. */
  readonly duplicateOf: string | null;
  /** For a repetition, its executions and the ones that had succeeded before. */
  readonly executions: readonly {
    readonly function: string;
    readonly status: ExecutionStatus;
    /** The response that its last attempt set. */
    readonly response: ScriptResponse | undefined;
  }[];
}

interface ExecutionFate {
  readonly function: string;
  readonly status: ExecutionStatus;
  /** JSON. */
  readonly response: string | null;
}

interface FateRow extends Omit<MessageFate, "executions"> {
  readonly repetitionOf: string | null;
}

const EXECUTION_FATE = `SELECT function, status,
  ifnull(report, (SELECT report FROM attempt WHERE execution_id = execution.id ORDER BY number DESC LIMIT 1)) -> '$.response' AS response
  FROM execution`;

export class MessageFates {
  readonly #status;
  readonly #message;
  readonly #executions;
  readonly #sinceFirst;
  readonly #challenge;
  readonly #answeredEarly;
  readonly #neverAnswered;
  readonly #write: Write;

  constructor(sqlite: Sqlite, write: Write) {
    this.#write = write;
    this.#status = sqlite
      .prepare<[string], MessageStatus>("SELECT status FROM message WHERE id = ?")
      .pluck();
    this.#message = sqlite.prepare<[string], FateRow>(
      "SELECT status, provider, duplicate_of AS duplicateOf, repetition_of AS repetitionOf FROM message WHERE id = ?",
    );
    this.#challenge = sqlite
      .prepare<[string], Verification["challenge"] | null>(
        "SELECT verification ->> '$.challenge' FROM content WHERE message_id = ?",
      )
      .pluck();
    this.#executions = sqlite.prepare<[string], ExecutionFate>(
      `${EXECUTION_FATE} WHERE message_id = ? ORDER BY id`,
    );
    this.#sinceFirst = sqlite.prepare<{ first: string; id: string }, ExecutionFate>(
      `${EXECUTION_FATE} WHERE message_id IN (SELECT :first UNION ALL SELECT id FROM message WHERE repetition_of = :first)
         AND id <= (SELECT max(id) FROM execution WHERE message_id = :id)
         AND (message_id = :id OR status <> 'FAILED') ORDER BY id`,
    );
    this.#answeredEarly = sqlite.prepare<[string]>("UPDATE message SET sync = 0 WHERE id = ?");
    this.#neverAnswered = sqlite.prepare<[]>(
      "UPDATE message SET sync = 0 WHERE status = 'PENDING' AND sync = 1",
    );
  }

  /** The authentication challenge for the sender of a rejected message. */
  challenge(id: string): Verification["challenge"] {
    return this.#challenge.get(id) ?? undefined;
  }

  /** Undefined for an unknown message. */
  status(id: string): MessageStatus | undefined {
    return this.#status.get(id);
  }

  read(id: string): MessageFate | undefined {
    const message = this.#message.get(id);
    if (message === undefined) return undefined;
    const { repetitionOf, ...fate } = message;
    const rows = repetitionOf === null ? this.#executions.all(id) : this.#latest(repetitionOf, id);
    const executions = rows.map(({ response, ...execution }) => ({
      ...execution,
      response: response === null ? undefined : JSON.parse(response),
    }));
    return { ...fate, executions };
  }

  /** The message was answered before its functions ended, although the answer should have waited for them. */
  async answeredEarly(id: string): Promise<void> {
    await this.#write(() => this.#answeredEarly.run(id));
  }

  /** Called at a start: the connections that waited for pending messages ended with the last process. */
  async neverAnswered(): Promise<void> {
    await this.#write(() => this.#neverAnswered.run());
  }

  /**
   * The latest execution of each function. One that failed before this message and does not run in it is not installed
   * now.
   */
  #latest(first: string, id: string): readonly ExecutionFate[] {
    const executions = this.#sinceFirst.all({ first, id });
    return [...new Map(executions.map((one) => [one.function, one])).values()];
  }
}
