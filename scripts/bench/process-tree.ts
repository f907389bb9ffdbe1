/** Memory and CPU time of a process and its descendants, read from /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, which Linux fixes at 100 in /proc. */
const TICKS_PER_SECOND = 100;

/** Fields of /proc/<pid>/stat from the third on, because the second, the name, may contain anything. */
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

/** The process itself comes first. */
export function processTree(root: number): readonly number[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const tree = [root];
  for (const pid of tree) tree.push(...all.filter((other) => parentOf(other) === pid));
  return tree;
}

/** User and system time of this process alone. */
export function cpuSeconds(pid: number): number {
  const [user, system] = stat(pid).slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) / TICKS_PER_SECOND;
}

/** Busy time of all cores since the machine started. */
export function machineCpuSeconds(): number {
  const [total = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [, user, nice, system, , , irq, softIrq, steal] = total.split(/\s+/).map(Number);
  const parts = [user, nice, system, irq, softIrq, steal];
  return parts.reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) / TICKS_PER_SECOND;
}

export interface Memory {
  readonly processes: number;
  /** Resident memory; pages shared by several processes count in each. */
  readonly rssBytes: number;
  /** Resident memory; shared pages are divided among their processes. */
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
