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

/** CPU time used so far in clock ticks while the main thread sleeps; undefined while it runs, or is not told. */
export function asleepSinceTicks(pid: number | undefined): number | undefined {
  try {
    // Behind the command name, which may hold anything: state, …, user and system time.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return fields[0] === "S" ? Number(fields[11]) + Number(fields[12]) : undefined;
  } catch {
    return undefined;
  }
}
