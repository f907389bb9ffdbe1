/** A child with its role and its open requests. */
import type { SandboxChild } from "./child-process.ts";
import type { Watchdog } from "./watchdog.ts";

/** The most requests in one child. Above it another child is started, if allowed. */
const MAX_IN_FLIGHT = 600;
export const FULL_RESIDENT_BYTES = 512 * 1024 * 1024;

/**
 * `quarantine`: matches messages that may slow down or end their process. `trial`: loads and runs drafts. `suspect`:
 * runs functions that ended their process a short while ago.
 */
export type Role =
  | "match"
  | "quarantine"
  | "trial"
  | "function"
  | "suspect"
  | "spare"
  | "alone"
  | "retiring";

export interface Member {
  readonly child: SandboxChild;
  readonly watchdog: Watchdog;
  readonly inFlight: Set<number>;
  /** The number of open requests by key of the function. */
  readonly requestsByFunction: Map<string, number>;
  readonly startedAt: number;
  role: Role;
  /** When its last request ended, in milliseconds of `performance.now`. */
  usedAt: number;
}

/** A request in a blocked child would wait for the running script. */
export const isFull = ({ inFlight, watchdog }: Member): boolean =>
  inFlight.size >= MAX_IN_FLIGHT ||
  watchdog.resident > FULL_RESIDENT_BYTES ||
  (inFlight.size > 0 && watchdog.isBlocked);

export const leastBusy = (members: readonly Member[]): Member | undefined =>
  members.toSorted((a, b) => a.inFlight.size - b.inFlight.size)[0];
