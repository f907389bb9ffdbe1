/** Requests that are turned away because there is too much: what they are told, counted and logged by. */
import { HookyardError } from "../errors.ts";
import { type Logger, warnSparingly } from "../logger.ts";

/** `sender_rate` and `stranger_rate` are the sender's; the others are ours. */
export type OverloadReason =
  | "sender_rate"
  | "stranger_rate"
  | "stranger_bytes"
  | "backlog"
  | "backlog_bytes"
  | "backlog_age"
  | "disk"
  | "receiving";

export interface RefusalSurroundings {
  readonly log: Logger;
  readonly onRefused: (reason: OverloadReason) => void;
}

export class Refusals {
  readonly #around: RefusalSurroundings;

  constructor(around: RefusalSurroundings) {
    this.#around = around;
  }

  /** Counts, logs now and then, and makes the error to throw. Senders are told what limit, never how it stands. */
  make(
    reason: OverloadReason,
    detail: string,
    retryAfterMs: number,
    logged: Readonly<Record<string, unknown>> = {},
  ): HookyardError {
    this.#around.onRefused(reason);
    const fields = { reason, ...logged };
    warnSparingly(this.#around.log, `refused ${reason}`, fields, "requests are refused: overload");
    const code =
      reason === "sender_rate" || reason === "stranger_rate" ? "rate_limited" : "overloaded";
    const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
    return new HookyardError(code, `${detail}; nothing was stored, try again later`, {
      retryAfterSeconds,
    });
  }
}
