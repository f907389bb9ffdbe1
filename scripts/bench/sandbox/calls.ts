/** What one call costs, in microseconds: in the process itself, in Node's `vm`, and in the sandbox. */
import { createContext, Script } from "node:vm";
import type { LoadableFunction, Sandbox } from "../../../src/sandbox/sandbox.ts";
import { median } from "../statistics.ts";
import { BODY_TEXT, INPUT, OPTIONS, PLAIN } from "./workload.ts";

/** JSON in and out, as across any boundary. */
const CALL = `(text) => JSON.stringify((${PLAIN})({ payload: JSON.parse(text) }))`;
const BATCH_MS = 200;

/** Runs `call` over and over for a while; the mean in microseconds. */
async function time(call: () => unknown): Promise<number> {
  let calls = 0;
  const startedAt = performance.now();
  while (performance.now() - startedAt < BATCH_MS) {
    await call();
    calls += 1;
  }
  return ((performance.now() - startedAt) * 1000) / calls;
}

export interface CallCosts {
  readonly plain: number;
  readonly vmWarm: number;
  readonly vmFresh: number;
  readonly warm: number;
  readonly fresh: number;
}

/** The contenders take turns, so that a slow moment of the machine is everybody's. */
export async function measureCalls(
  sandbox: Sandbox,
  { warm, fresh }: { readonly warm: LoadableFunction; readonly fresh: LoadableFunction },
  rounds: number,
): Promise<CallCosts> {
  const script = new Script(CALL);
  const plain = script.runInThisContext();
  const inContext = script.runInContext(createContext({}));
  const contenders = {
    plain: () => plain(BODY_TEXT),
    vmWarm: () => inContext(BODY_TEXT),
    vmFresh: () => new Script(CALL).runInContext(createContext({}))(BODY_TEXT),
    warm: () => sandbox.run(warm, INPUT, OPTIONS),
    fresh: () => sandbox.run(fresh, INPUT, OPTIONS),
  };
  const times = { plain: [], vmWarm: [], vmFresh: [], warm: [], fresh: [] } as {
    [K in keyof CallCosts]: number[];
  };
  for (const call of Object.values(contenders)) await time(call);
  for (let round = 0; round < rounds; round++) {
    for (const [name, call] of Object.entries(contenders))
      times[name as keyof CallCosts].push(await time(call));
  }
  const { plain: p, vmWarm, vmFresh, warm: w, fresh: f } = times;
  return {
    plain: median(p),
    vmWarm: median(vmWarm),
    vmFresh: median(vmFresh),
    warm: median(w),
    fresh: median(f),
  };
}

/** Calls per second with so many on their way at once. */
export async function measureRate(
  sandbox: Sandbox,
  fn: LoadableFunction,
  atOnce: number,
): Promise<number> {
  let calls = 0;
  const startedAt = performance.now();
  const lane = async () => {
    while (performance.now() - startedAt < 5 * BATCH_MS) {
      await sandbox.run(fn, INPUT, OPTIONS);
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return (calls * 1000) / (performance.now() - startedAt);
}
