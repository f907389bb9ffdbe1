/** Memory and CPU use of a process, from the operating system. */
import { readFileSync } from "node:fs";

const PAGE_BYTES = 4096;

/** Resident memory in bytes; 0 if the process has ended or the system does not say. */
export function residentBytes(pid: number | undefined): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
    return Number(pages) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

export interface CpuUse {
  /** The state of its main thread: `S` sleeping, `R` running or runnable, `T` stopped; see proc(5). */
  readonly state: string;
  /** CPU time of all its threads so far, in hundredths of a second. */
  readonly ticks: number;
}

/** Undefined if the process has ended or the system does not say. */
export function cpuUse(pid: number | undefined): CpuUse | undefined {
  try {
    // After the command name, which may contain anything: state, …, user and system time.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return { state: fields[0] ?? "", ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}
