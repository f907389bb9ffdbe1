/** Types of the tables' rows. */
import type { AuditAction } from "../model/audit.ts";
import type { ExecutionStatus } from "../model/execution.ts";
import type { MessageStatus } from "../model/message.ts";
import type { EndColumns } from "./executions/end-columns.ts";

export interface MessageRow {
  readonly id: string;
  readonly received_at: number;
  readonly method: string;
  readonly uri: string;
  readonly base_path: string;
  readonly path: string;
  readonly query_string: string;
  readonly remote_address: string;
  readonly body_bytes: number;
  readonly sync: number;
  readonly status: MessageStatus;
  readonly decided: number;
  readonly provider: string | null;
  readonly event_type: string | null;
  readonly delivery_id: string | null;
  readonly note: string | null;
  readonly duplicate_of: string | null;
  readonly repetition_of: string | null;
  readonly resubmitted_from: string | null;
  readonly judged_at: number | null;
  readonly edited: number;
  readonly only_functions: string | null;
  readonly original_scripts: number;
  readonly stranger_bytes: number | null;
  /** Of a rejected or unmatched message, once it is counted. */
  readonly problem: string | null;
}

export interface ContentRow {
  readonly message_id: string;
  readonly headers: string;
  readonly trace: string | null;
  readonly verification: string | null;
  readonly body: Buffer;
}

export interface ExecutionRow {
  readonly id: number;
  readonly message_id: string;
  readonly function: string;
  readonly version: string;
  readonly params: string;
  readonly position: number | null;
  readonly followed: number;
  readonly retry: string;
  readonly status: ExecutionStatus;
  readonly run_at: number | null;
  readonly lease_token: number;
  readonly lease_until: number | null;
  readonly attempt: number;
  readonly interruptions: number;
  /**
   * Columns of the single attempt, if it ended before the execution was stored; other attempts are rows of `attempt`.
   */
  readonly ended_at: number | null;
  readonly duration_ms: number | null;
  readonly outcome: string | null;
  readonly report: string | null;
  /** Of a failed execution, once its message is counted. */
  readonly problem: string | null;
}

export interface AttemptRow extends EndColumns {
  readonly execution_id: number;
  readonly number: number;
  readonly version: string;
}

export interface AuditRow {
  readonly id: number;
  readonly at: number;
  readonly caller: string | null;
  readonly action: AuditAction;
  readonly target: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface Tables {
  readonly message: MessageRow;
  readonly content: ContentRow;
  readonly execution: ExecutionRow;
  readonly attempt: AttemptRow;
  readonly audit: AuditRow;
}
