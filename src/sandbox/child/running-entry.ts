/** Writes the entry mark: what this process runs now, where main can read it. See `entry-mark.ts`. */
import {
  type EntryMark,
  type LimitKind,
  monotonicMs,
  NO_ENTRY,
  writeEntryMark,
} from "../wire/entry-mark.ts";

/** The file descriptor of the entry mark, opened by main. */
const MARK_FD = 4;

export interface EntryLimit {
  /** The request charged for what happens in the entry. */
  readonly id: number;
  readonly timeoutMs: number;
  /** The limit that `timeoutMs` enforces. */
  readonly kind: LimitKind;
  /** The match script that runs; see `stepOf`. */
  readonly step?: number;
  /** The mark must name exactly this step, so it is always written. */
  readonly isExact?: boolean;
}

/**
 * A mark that is less out of date is not written again: few marks are ever read, and a write costs more than a small
 * script.
 */
const MAX_BEHIND_MS = 2;

/** The offset between the two clocks. `performance.now` needs no BigInt. */
const STARTED_AT = monotonicMs() - performance.now();

let mark: EntryMark = NO_ENTRY;
let isMarkExact = false;
let enteredAt = 0;
let heldMs = 0;
let leaving: NodeJS.Immediate | undefined;

/** How long scripts have held the only thread of this process in total, in milliseconds. */
export const threadHeldMs = (): number => heldMs;

export function enterMark(
  { id, timeoutMs, kind, step = 0, isExact = false }: EntryLimit,
  shared: boolean,
): void {
  enteredAt = performance.now();
  const dueAt = STARTED_AT + enteredAt + timeoutMs;
  const isOfRequest = mark.id === id && mark.limit === kind && mark.shared === shared;
  const behindMs = dueAt - mark.dueAt;
  if (isOfRequest && !isExact && !isMarkExact && behindMs >= 0 && behindMs < MAX_BEHIND_MS) return;
  isMarkExact = isExact;
  note({ id, dueAt, limit: kind, catastrophic: false, shared, step });
}

/** Clears the mark at the end of this turn, unless another entry comes first: this saves half of the writes. */
export function leaveMark(): void {
  heldMs += performance.now() - enteredAt;
  if (leaving !== undefined) return;
  leaving = setImmediate(() => {
    leaving = undefined;
    note(NO_ENTRY);
  });
}

/** Clears the mark now, before host work that may take longer than the limit of the last entry. */
export const clearMark = (): void => note(NO_ENTRY);

/** Extends the limit of the entry, for host work that happens in it. */
export const extendMark = (ms: number): void => note({ ...mark, dueAt: mark.dueAt + ms });

/** Marks the current matching step, so that main knows which step killed the process. */
export const noteStep = (step: number): void => note({ ...mark, step });

/** Marks that V8 gave up on the running isolate. */
export const noteCatastrophe = (): void => note({ ...mark, catastrophic: true });

function note(next: EntryMark): void {
  mark = next;
  writeEntryMark(MARK_FD, next);
}
