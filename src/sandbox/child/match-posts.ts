/** Collects what a match script posts during one run: its log, its report and its current step. */
import type { MatchDone, PostKind } from "../wire/guest-posts.ts";
import { STEPS, type Step } from "../wire/match-steps.ts";
import { RunLog } from "./run-log.ts";

const MAX_LINES = 100;
const MAX_LOG_BYTES = 8192;
const LOG_LIMITS = {
  maxLines: MAX_LINES,
  maxBytes: MAX_LOG_BYTES,
  limits: `a match script may log ${MAX_LINES} lines and ${MAX_LOG_BYTES} bytes`,
};
/**
 * The most characters of a report as JSON. The largest handshake answer is smaller, even with every character
 * escaped.
 */
const MAX_REPORT_CHARACTERS = 8 * 1024 * 1024;

const PLAIN_NO: MatchDone = { entry: { matched: false } };

export class MatchPosts {
  #log: RunLog | undefined;
  #report: string | MatchDone | undefined;
  /** The last step that was reported as begun. */
  step: Step = "default";

  /** False when the post is dropped: a second report, or one that is too large. */
  take(kind: PostKind, text: string): boolean {
    if (kind === "log") {
      this.#log ??= new RunLog(LOG_LIMITS);
      this.#log.add(text);
    }
    if (kind !== "done" && kind !== "no") return true;
    if (this.#report !== undefined || text.length > MAX_REPORT_CHARACTERS) return false;
    this.#report = kind === "no" ? PLAIN_NO : text;
    return true;
  }

  mark(step: number): void {
    this.step = STEPS[step] ?? "default";
  }

  /** Undefined when the script has not settled. */
  get report(): MatchDone | undefined {
    return typeof this.#report === "string" ? JSON.parse(this.#report) : this.#report;
  }

  get log(): RunLog | undefined {
    return this.#log;
  }
}
