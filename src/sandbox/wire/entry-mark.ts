/**
 * The 48 bytes in which a child notes what it is about to run, in an unlinked file both sides hold open.
 * Writing costs about 1.5 µs and wakes nobody; main reads it only to find out who hangs, or who was running when
 * the process died. A message on the pipe instead would wake main for every entry into an isolate.
 */
import { readSync, writeSync } from "node:fs";

/** What it means that an entry is not over in time. `LOAD_LIMIT`: the script was being loaded, whatever its own limits. */
export type LimitKind = "CPU_LIMIT" | "TIMEOUT" | "LOAD_LIMIT";
/** As they stand in the file. */
const LIMIT_KINDS: readonly LimitKind[] = ["CPU_LIMIT", "TIMEOUT", "LOAD_LIMIT"];

export interface EntryMark {
  /** The id of the request being run; 0 when none is. */
  readonly id: number;
  /** When the entry must be over, in milliseconds of the system's monotonic clock; 0 when none runs. */
  readonly dueAt: number;
  /** Which limit `dueAt` stands for. */
  readonly limit: LimitKind;
  /** V8 gave up on the isolate: it ran out of memory in a way that cannot be caught. */
  readonly catastrophic: boolean;
  /** Other runs share the isolate, so its memory may be theirs. */
  readonly shared: boolean;
  /** How far matching has come, where the request asked for that to be noted; else 0. */
  readonly step: number;
}

export const ENTRY_MARK_BYTES = 48;

/** Milliseconds of the monotonic clock, the same in every process of the machine. */
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
