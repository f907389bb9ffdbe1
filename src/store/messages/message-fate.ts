/** The state of a message, for a sender that waits for its end: without body, trace and logs. */
import type { Verification } from "../../model/decision.ts";
import type { ExecutionStatus } from "../../model/execution.ts";
import type { MessageStatus } from "../../model/message.ts";
import type { ScriptResponse } from "../../model/outcome.ts";
import type { Sqlite } from "../sqlite/database.ts";

export interface MessageFate {
  readonly status: MessageStatus;
  readonly provider: string | null;
  /** The first delivery, if this message repeats it. */
  readonly duplicateOf: string | null;
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

export class MessageFates {
  readonly #status;
  readonly #message;
  readonly #executions;
  readonly #challenge;

  constructor(sqlite: Sqlite) {
    this.#status = sqlite
      .prepare<[string], MessageStatus>("SELECT status FROM message WHERE id = ?")
      .pluck();
    this.#message = sqlite.prepare<[string], Omit<MessageFate, "executions">>(
      "SELECT status, provider, duplicate_of AS duplicateOf FROM message WHERE id = ?",
    );
    this.#challenge = sqlite
      .prepare<[string], Verification["challenge"] | null>(
        "SELECT verification ->> '$.challenge' FROM content WHERE message_id = ?",
      )
      .pluck();
    this.#executions = sqlite.prepare<[string], ExecutionFate>(
      `SELECT function, status,
         ifnull(report, (SELECT report FROM attempt WHERE execution_id = execution.id ORDER BY number DESC LIMIT 1)) -> '$.response' AS response
       FROM execution WHERE message_id = ? ORDER BY id`,
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
    const executions = this.#executions.all(id).map(({ response, ...execution }) => ({
      ...execution,
      response: response === null ? undefined : JSON.parse(response),
    }));
    return { ...message, executions };
  }
}
