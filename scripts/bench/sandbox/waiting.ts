/** Measures the memory of a waiting run, in an isolate shared with other runs and in its own. */
import type { LoadableFunction } from "../../../src/sandbox/main/loadable.ts";
import type { Sandbox } from "../../../src/sandbox/main/sandbox.ts";
import { memoryOf } from "../process-tree.ts";
import { INPUT, loadableOf, OPTIONS, WAITING } from "./workload.ts";

const SETTLE_MS = 2500;

const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
const draft = { source: WAITING, isolation: "warm" } as const;

/** Bytes of all sandbox processes per run, while all of them wait. */
async function bytesEach(
  sandbox: Sandbox,
  functions: readonly LoadableFunction[],
): Promise<number> {
  const [first] = functions;
  // Starts the process before its memory is measured.
  if (first !== undefined) void sandbox.run(first, INPUT, OPTIONS);
  await settle();
  const before = memoryOf(sandbox.pids).pssBytes;
  for (const fn of functions) void sandbox.run(fn, INPUT, OPTIONS);
  await settle();
  return (memoryOf(sandbox.pids).pssBytes - before) / functions.length;
}

export async function measureContext(sandbox: Sandbox, count: number): Promise<number> {
  const fn = await loadableOf(sandbox, "waiting", draft);
  return bytesEach(
    sandbox,
    Array.from({ length: count }, () => fn),
  );
}

export async function measureIsolate(sandbox: Sandbox, count: number): Promise<number> {
  const names = Array.from({ length: count }, (_, index) => `waiting-${index}`);
  return bytesEach(
    sandbox,
    await Promise.all(names.map((name) => loadableOf(sandbox, name, draft))),
  );
}
