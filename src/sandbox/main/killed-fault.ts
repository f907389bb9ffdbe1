/** What is reported of a script whose process had to be ended: it left no line, and its log went with it. */

import type { FunctionLimits } from "../../model/definition.ts";
import type { FailureKind } from "../../model/execution.ts";
import type { Fault } from "../wire/protocol.ts";
import type { Lost } from "./pending-request.ts";

interface Killed {
  readonly kind: FailureKind;
  readonly name: string;
  readonly what: string;
  /** The limit that its author can change. */
  readonly setting?: keyof FunctionLimits;
}

const KILLED: Readonly<Record<NonNullable<Lost["fault"]>, Killed>> = {
  CPU_LIMIT: {
    kind: "CPU_LIMIT",
    name: "CpuLimit",
    what: "used more CPU time than it may",
    setting: "cpuMs",
  },
  LOAD_LIMIT: {
    kind: "CPU_LIMIT",
    name: "CpuLimit",
    what: "took longer to be loaded than it may, which is a second or its own limit if that is less",
  },
  TIMEOUT: {
    kind: "TIMEOUT",
    name: "Timeout",
    what: "took longer than it may",
    setting: "timeoutMs",
  },
  MEMORY_LIMIT: {
    kind: "MEMORY_LIMIT",
    name: "MemoryLimit",
    what: "used more memory than it may",
    setting: "memoryMb",
  },
  CRASH: { kind: "CRASH", name: "Crash", what: "broke the process it ran in" },
};

/** `limits`: of a function, whose author can change them. */
export function killedFault(lost: NonNullable<Lost["fault"]>, limits?: FunctionLimits): Fault {
  const { kind, name, what, setting } = KILLED[lost];
  const limit =
    limits === undefined || setting === undefined ? "" : ` (${setting} is ${limits[setting]})`;
  return { kind, name, message: `the script ${what}${limit}, and its process was ended` };
}
