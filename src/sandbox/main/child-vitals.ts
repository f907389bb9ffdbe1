/** What the system tells of a process without asking it. */
import { readFileSync } from "node:fs";

const PAGE_BYTES = 4096;

/** Resident memory in bytes; 0 once the process is gone or where the system does not tell. */
export function residentBytes(pid: number | undefined): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
    return Number(pages) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

export interface CpuUse {
  /** Of its main thread: `S` sleeps, `R` runs or waits for its turn to run, `T` has been stopped; see proc(5). */
  readonly state: string;
  /** Of all its threads so far, in hundredths of a second. */
  readonly ticks: number;
}

/** Undefined once the process is gone or where the system does not tell. */
export function cpuUse(pid: number | undefined): CpuUse | undefined {
  try {
    // Behind the command name, which may hold anything: state, …, user and system time.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return { state: fields[0] ?? "", ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}
