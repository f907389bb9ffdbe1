/**
 * CPU time of this thread: asking for that of the whole process stops for every thread of V8, a tenth of a millisecond
 * under load. Asking for it at all takes as long as a small script, so what it was a moment ago will do to count from.
 */
const MAX_AGE_MS = 1;

let readAt = Number.NEGATIVE_INFINITY;
let cpuMs = 0;

export interface CpuStart {
  readonly at: number;
  readonly cpuMs: number;
}

export function startCpuTime(): CpuStart {
  const at = performance.now();
  if (at - readAt > MAX_AGE_MS) read();
  return { at, cpuMs };
}

/** In milliseconds, never too little, and too much by less than the age of the reading it is counted from. */
export const cpuMsSince = (start: CpuStart): number =>
  Math.min(read() - start.cpuMs, performance.now() - start.at);

function read(): number {
  const { user, system } = process.threadCpuUsage();
  cpuMs = (user + system) / 1000;
  readAt = performance.now();
  return cpuMs;
}
