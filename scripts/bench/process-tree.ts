/** Memory and CPU time of a process and everything it started, read from /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, which Linux fixes at 100 for what it shows in /proc. */
const TICKS_PER_SECOND = 100;

/** Fields of /proc/<pid>/stat from the third on: the second, the name, may contain anything. */
function stat(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
  } catch {
    return [];
  }
}

const parentOf = (pid: number) => Number(stat(pid)[1]);

/** The process itself first. */
export function processTree(root: number): readonly number[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const tree = [root];
  for (const pid of tree) tree.push(...all.filter((other) => parentOf(other) === pid));
  return tree;
}

/** User and system time, of the process alone. */
export function cpuSeconds(pid: number): number {
  const [user, system] = stat(pid).slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) / TICKS_PER_SECOND;
}

/** What the machine's cores have done for anybody since it started. */
export function machineCpuSeconds(): number {
  const [total = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [, user, nice, system, , , irq, softIrq, steal] = total.split(/\s+/).map(Number);
  const parts = [user, nice, system, irq, softIrq, steal];
  return parts.reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) / TICKS_PER_SECOND;
}

export interface Memory {
  readonly processes: number;
  /** Resident, pages that processes share counted in each. */
  readonly rssBytes: number;
  /** Resident, shared pages divided among those who share them. */
  readonly pssBytes: number;
}

export function memoryOf(pids: readonly number[]): Memory {
  const texts = pids.map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  const sum = (field: string) =>
    texts
      .map((text) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]))
      .reduce((total, kilobytes) => total + kilobytes * 1024, 0);
  return { processes: pids.length, rssBytes: sum("Rss"), pssBytes: sum("Pss") };
}
