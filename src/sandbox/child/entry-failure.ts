/** Derives from the error of isolated-vm why an entry into an isolate failed. */
import type { FailureKind } from "../../model/failure-kind.ts";
import type { Thrown } from "../wire/guest-posts.ts";
import { readThrown } from "./fault.ts";
import type { EntryLimit } from "./running-entry.ts";

/** Why an entry failed. The context must not be used again. */
export interface EntryFailure {
  readonly kind: FailureKind;
  readonly thrown: Thrown;
  /** The entry hit its time limit, but the machine had given it little CPU time. */
  readonly starved: boolean;
}

export const LOAD_TIMEOUT_MS = 1000;

const TIMED_OUT = {
  CPU_LIMIT: {
    kind: "CPU_LIMIT",
    name: "CpuLimit",
    message: "the script used more CPU time than its limit",
  },
  LOAD_LIMIT: {
    kind: "CPU_LIMIT",
    name: "CpuLimit",
    message: `loading the script took longer than ${LOAD_TIMEOUT_MS} ms, or than its own limit if that is less`,
  },
  TIMEOUT: { kind: "TIMEOUT", name: "Timeout", message: "the script took longer than its limit" },
} as const;

/** The state of the entry when the error was thrown. */
export interface FailedEntry {
  /** The kind of an error that no limit caused. */
  readonly otherwise: FailureKind;
  readonly limit: Pick<EntryLimit, "kind" | "timeoutMs">;
  /** The isolate is gone. */
  readonly isDisposed: boolean;
  readonly cpuMs: number;
}

export function entryFailure(
  error: unknown,
  { otherwise, limit, isDisposed, cpuMs }: FailedEntry,
): EntryFailure {
  const thrown = readThrown(error);
  // isolated-vm has no error codes: its two fixed messages identify these cases.
  if (isDisposed || thrown.message.startsWith("Isolate was disposed during execution")) {
    const message = "the script used more memory than its limit";
    const text = { name: "MemoryLimit", message, stack: "" };
    return { kind: "MEMORY_LIMIT", thrown: text, starved: false };
  }
  if (thrown.message === "Script execution timed out.") {
    const { kind, ...text } = TIMED_OUT[limit.kind];
    const starved = kind === "CPU_LIMIT" && cpuMs < limit.timeoutMs / 2;
    return { kind, thrown: { ...thrown, ...text }, starved };
  }
  return { kind: otherwise, thrown, starved: false };
}
