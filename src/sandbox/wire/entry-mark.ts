/**
 * The 48 bytes in which a child notes what it is about to run, in an unlinked file both sides hold open. Writing
 * costs about 1.5 µs and wakes no process; main reads it only to find out which request hangs, or was running when the
 * process died. A message on the pipe instead would wake main for every entry into an isolate.
 */
import { readSync, writeSync } from "node:fs";

/**
 * The limits that an entry can exceed when it does not end in time; the index is the number in the file. `LOAD_LIMIT`:
 * the script was being loaded, whatever its own limits are.
 */
const LIMIT_KINDS = ["CPU_LIMIT", "TIMEOUT", "LOAD_LIMIT"] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

export interface EntryMark {
  /** The id of the running request; 0 if none runs. */
  readonly id: number;
  /** When the entry must end, in milliseconds of the system's monotonic clock; 0 if none runs. */
  readonly dueAt: number;
  /** The limit that `dueAt` enforces. */
  readonly limit: LimitKind;
  /** V8 gave up on the isolate: it ran out of memory in a way that cannot be caught. */
  readonly catastrophic: boolean;
  /** Other runs share the isolate, so the memory may be theirs. */
  readonly shared: boolean;
  /** The current step of matching, if the request asks for it; else 0. */
  readonly step: number;
}

export const ENTRY_MARK_BYTES = 48;

/** Milliseconds of the monotonic clock, which is the same in all processes of the machine. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

export const NO_ENTRY: EntryMark = {
  id: 0,
  dueAt: 0,
  limit: "CPU_LIMIT",
  catastrophic: false,
  shared: false,
  step: 0,
};

const buffer = Buffer.alloc(ENTRY_MARK_BYTES);

export function writeEntryMark(fd: number, mark: EntryMark): void {
  buffer.writeDoubleLE(mark.id, 0);
  buffer.writeDoubleLE(mark.dueAt, 8);
  buffer.writeDoubleLE(LIMIT_KINDS.indexOf(mark.limit), 16);
  buffer.writeDoubleLE(mark.catastrophic ? 1 : 0, 24);
  buffer.writeDoubleLE(mark.step, 32);
  buffer.writeDoubleLE(mark.shared ? 1 : 0, 40);
  writeSync(fd, buffer, 0, ENTRY_MARK_BYTES, 0);
}

export function readEntryMark(fd: number): EntryMark {
  const bytes = Buffer.alloc(ENTRY_MARK_BYTES);
  readSync(fd, bytes, 0, ENTRY_MARK_BYTES, 0);
  return {
    id: bytes.readDoubleLE(0),
    dueAt: bytes.readDoubleLE(8),
    limit: LIMIT_KINDS[bytes.readDoubleLE(16)] ?? "CPU_LIMIT",
    catastrophic: bytes.readDoubleLE(24) === 1,
    step: bytes.readDoubleLE(32),
    shared: bytes.readDoubleLE(40) === 1,
  };
}
