/** Requests that are turned away because there is too much: what they are told, counted and logged by. */
import { HookyardError } from "../errors.ts";
import type { Logger } from "../logger.ts";

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

/** A flood must not become a flood of the log. */
const LOG_EVERY_MS = 60_000;

export class Refusals {
  readonly #around: RefusalSurroundings;
  readonly #sinceLogged = new Map<OverloadReason, { at: number; count: number }>();

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
    this.#log(reason, logged);
    const code =
      reason === "sender_rate" || reason === "stranger_rate" ? "rate_limited" : "overloaded";
    const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
    return new HookyardError(code, `${detail}; nothing was stored, try again later`, {
      retryAfterSeconds,
    });
  }

  #log(reason: OverloadReason, logged: Readonly<Record<string, unknown>>): void {
    const now = performance.now();
    const since = this.#sinceLogged.get(reason);
    if (since !== undefined && now - since.at < LOG_EVERY_MS) {
      since.count += 1;
      return;
    }
    const before = since === undefined || since.count === 0 ? {} : { refusedBefore: since.count };
    this.#around.log.warn({ reason, ...logged, ...before }, "requests are refused: overload");
    this.#sinceLogged.set(reason, { at: now, count: 0 });
  }
}
