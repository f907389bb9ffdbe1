/** Refuses requests because of overload: builds the error, counts it and logs it. */
import { type ErrorCode, HookyardError } from "../errors.ts";
import { type Logger, warnSparingly } from "../logger.ts";

/** The limit that was exceeded, as named in the log and in the metrics. */
export type OverloadReason =
  | "sender_rate"
  | "stranger_rate"
  | "stranger_bytes"
  | "backlog"
  | "backlog_bytes"
  | "backlog_age"
  | "disk"
  | "receiving"
  | "decoding"
  | "slow_upload";

/** Error codes for the limits that one sender alone exceeds; the others are `overloaded`. */
const CODES: Readonly<Partial<Record<OverloadReason, ErrorCode>>> = {
  sender_rate: "rate_limited",
  stranger_rate: "rate_limited",
  slow_upload: "upload_too_slow",
};

export interface RefusalDeps {
  readonly log: Logger;
  readonly onRefused: (reason: OverloadReason) => void;
}

export class Refusals {
  readonly #deps: RefusalDeps;

  constructor(deps: RefusalDeps) {
    this.#deps = deps;
  }

  /**
   * Counts the refusal, logs it sparingly, and returns the error to throw. The detail names the limit, never the
   * current level.
   */
  make(
    reason: OverloadReason,
    detail: string,
    retryAfterMs: number,
    logged: Readonly<Record<string, unknown>> = {},
  ): HookyardError {
    this.#deps.onRefused(reason);
    const fields = { reason, ...logged };
    warnSparingly(this.#deps.log, `refused ${reason}`, fields, "requests are refused: overload");
    const code = CODES[reason] ?? "overloaded";
    const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
    return new HookyardError(code, `${detail}; nothing was stored, try again later`, {
      retryAfterSeconds,
    });
  }
}
