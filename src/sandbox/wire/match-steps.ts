/** The exports of a match script that are called, in order. */
export const STEPS = ["default", "handshake", "verify", "deliveryId", "eventType"] as const;
/** Options of one run of a match script. Flags are added up. */
export const FLAGS = {
  /** Run `verify` too. */
  verify: 1,
  /** Report each step to the host before it runs. A report takes as long as a small step. */
  trackSteps: 2,
  /** The payload may be an excerpt, which the host has. */
  mayHaveExcerpt: 4,
} as const;

export type Step = (typeof STEPS)[number];
