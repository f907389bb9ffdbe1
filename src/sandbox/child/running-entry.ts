/** What this process is running now, noted where main can read it: see `entry-mark.ts`. */
import {
  type EntryMark,
  type LimitKind,
  monotonicMs,
  NO_ENTRY,
  writeEntryMark,
} from "../wire/entry-mark.ts";

/** File descriptor of the entry mark, given by main. */
const MARK_FD = 4;

export interface EntryLimit {
  /** The request charged for what happens in the entry. */
  readonly id: number;
  readonly timeoutMs: number;
  /** What it means when `timeoutMs` is reached. */
  readonly kind: LimitKind;
  /** Which match script is asked; see `stepOf`. */
  readonly step?: number;
  /** The note must name this step, not one from a moment ago. */
  readonly isExact?: boolean;
}

/** A note that is less out of date than this is left as it is: hardly one is ever read, and small scripts take less time. */
const MAX_BEHIND_MS = 2;

/** The clocks differ by when the process started; this one costs no big integers. */
const STARTED_AT = monotonicMs() - performance.now();

let mark: EntryMark = NO_ENTRY;
let isMarkExact = false;
let enteredAt = 0;
let heldMs = 0;
let leaving: NodeJS.Immediate | undefined;

/** How long scripts have held this process's only thread so far, in milliseconds. */
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

/** Noted when this turn is over, unless another entry comes first: half of the notes need not be written. */
export function leaveMark(): void {
  heldMs += performance.now() - enteredAt;
  if (leaving !== undefined) return;
  leaving = setImmediate(() => {
    leaving = undefined;
    note(NO_ENTRY);
  });
}

/** Noted at once: work of ours follows that may take longer than the entry before it had left. */
export const clearMark = (): void => note(NO_ENTRY);

/** Gives the entry more time: for work of ours that happens in it. */
export const extendMark = (ms: number): void => note({ ...mark, dueAt: mark.dueAt + ms });

/** Notes how far matching has come, so that main can tell which script a killed process was in. */
export const noteStep = (step: number): void => note({ ...mark, step });

/** V8 gave up on the isolate that is being run. */
export const noteCatastrophe = (): void => note({ ...mark, catastrophic: true });

function note(next: EntryMark): void {
  mark = next;
  writeEntryMark(MARK_FD, next);
}
