/** The fault of a script whose process was killed. Its position and its log are lost. */

import type { FunctionLimits } from "../../model/definition.ts";
import type { FailureKind } from "../../model/failure-kind.ts";
import type { Fault } from "../wire/protocol.ts";
import type { Lost } from "./pending-request.ts";

interface Killed {
  readonly kind: FailureKind;
  readonly name: string;
  readonly what: string;
  /** The setting of the limit, which the author can change. */
  readonly setting?: keyof FunctionLimits;
}

const KILLED: Readonly<Record<NonNullable<Lost["fault"]>, Killed>> = {
  CPU_LIMIT: {
    kind: "CPU_LIMIT",
    name: "CpuLimit",
    what: "used more CPU time than its limit",
    setting: "cpuMs",
  },
  LOAD_LIMIT: {
    kind: "CPU_LIMIT",
    name: "CpuLimit",
    what: "took longer to load than a second, or than its own limit if that is less",
  },
  TIMEOUT: {
    kind: "TIMEOUT",
    name: "Timeout",
    what: "took longer than its limit",
    setting: "timeoutMs",
  },
  MEMORY_LIMIT: {
    kind: "MEMORY_LIMIT",
    name: "MemoryLimit",
    what: "used more memory than its limit",
    setting: "memoryMb",
  },
  CRASH: { kind: "CRASH", name: "Crash", what: "crashed its process" },
};

/** `limits`: the limits of a function, which its author can change. */
export function killedFault(lost: NonNullable<Lost["fault"]>, limits?: FunctionLimits): Fault {
  const { kind, name, what, setting } = KILLED[lost];
  const limit =
    limits === undefined || setting === undefined ? "" : ` (${setting} is ${limits[setting]})`;
  return { kind, name, message: `the script ${what}${limit}, and its process was killed` };
}
