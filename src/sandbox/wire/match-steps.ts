/** What a match script is asked, in order. */
export const STEPS = ["default", "handshake", "verify", "deliveryId", "eventType"] as const;
/** What an asking is to do beside its first step; they are added up. */
export const FLAGS = {
  /** `verify` is run too. */
  verify: 1,
  /** The host is told of each step before it runs. Telling it takes as long as a small step. */
  tells: 2,
  /** The host may have an excerpt of the payload. */
  large: 4,
} as const;

export type Step = (typeof STEPS)[number];
