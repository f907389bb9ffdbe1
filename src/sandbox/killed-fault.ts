/** What is reported of a script whose process had to be ended: it left no line, and its log went with it. */
import type { Lost } from "./pending-request.ts";
import type { Fault, RunLimits } from "./protocol.ts";

const KILLED = {
  CPU_LIMIT: { name: "CpuLimit", what: "used more CPU time than it may", setting: "cpuMs" },
  TIMEOUT: { name: "Timeout", what: "took longer than it may", setting: "timeoutMs" },
  MEMORY_LIMIT: { name: "MemoryLimit", what: "used more memory than it may", setting: "memoryMb" },
  CRASH: { name: "Crash", what: "broke the process it ran in", setting: undefined },
} as const;

/** `limits`: of a function, whose author can change them. */
export function killedFault(kind: NonNullable<Lost["fault"]>, limits?: RunLimits): Fault {
  const { name, what, setting } = KILLED[kind];
  const limit =
    limits === undefined || setting === undefined ? "" : ` (${setting} is ${limits[setting]})`;
  return { kind, name, message: `the script ${what}${limit}, and its process was ended` };
}
