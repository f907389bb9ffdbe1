/** Counts messages and their executions by minute, from their rows. */
import type { Sqlite } from "../sqlite/database.ts";
import { durationClassSql } from "./duration-class.ts";

export const MINUTE_MS = 60_000;

export interface MessageCount {
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly provider: string | null;
  readonly status: string;
  readonly count: number;
}

export interface ExecutionCount {
  readonly minute: number;
  readonly function: string;
  readonly provider: string | null;
  /** The status of the message. */
  readonly messageStatus: string;
  readonly status: string;
  /** See `durationClassSql`. */
  readonly durationClass: number;
  readonly count: number;
}

const COLUMNS = "message.id, message.received_at, message.provider, message.status";

/** Rows for `MessageCounts`: the messages whose ids are the JSON list `:ids`. */
export const GIVEN_MESSAGES = `SELECT ${COLUMNS} FROM json_each(:ids) AS given
  CROSS JOIN message ON message.id = given.value`;

/** Rows for `MessageCounts`: the messages that meet a condition. */
export const messagesWhere = (condition: string): string =>
  `SELECT ${COLUMNS} FROM message WHERE ${condition}`;

const LAST_DURATION = `coalesce(execution.duration_ms, (SELECT duration_ms FROM attempt
  WHERE execution_id = execution.id AND outcome <> 'INTERRUPTED' ORDER BY number DESC LIMIT 1))`;

/** `source` is SQL for the rows to count, with these parameters. */
export class MessageCounts<Parameters extends object> {
  readonly #messages;
  readonly #executions;

  constructor(sqlite: Sqlite, source: string) {
    this.#messages = sqlite.prepare<Parameters, MessageCount>(
      `SELECT CAST(received_at / ${MINUTE_MS} AS INTEGER) AS minute, provider, status, count(*) AS count
       FROM (${source}) GROUP BY 1, 2, 3`,
    );
    this.#executions = sqlite.prepare<Parameters, ExecutionCount>(
      `SELECT minute, function, provider, messageStatus, status, ${durationClassSql("ms")} AS durationClass,
         count(*) AS count
       FROM (SELECT CAST(source.received_at / ${MINUTE_MS} AS INTEGER) AS minute, execution.function, source.provider,
               source.status AS messageStatus, execution.status, ${LAST_DURATION} AS ms
             FROM (${source}) AS source CROSS JOIN execution ON execution.message_id = source.id)
       GROUP BY 1, 2, 3, 4, 5, 6`,
    );
  }

  messages(parameters: Parameters): readonly MessageCount[] {
    return this.#messages.all(parameters);
  }

  executions(parameters: Parameters): readonly ExecutionCount[] {
    return this.#executions.all(parameters);
  }
}
