/** Measures one call in microseconds: in the process itself, in Node's `vm`, and in the sandbox. */
import { createContext, Script } from "node:vm";
import type { LoadableFunction } from "../../../src/sandbox/main/loadable.ts";
import type { Sandbox } from "../../../src/sandbox/main/sandbox.ts";
import { median } from "../statistics.ts";
import { BODY_TEXT, INPUT, OPTIONS, PLAIN } from "./workload.ts";

/** Takes and returns JSON, as across a process boundary. */
const CALL = `(text) => JSON.stringify((${PLAIN})({ payload: JSON.parse(text) }))`;
const BATCH_MS = 200;

/** Repeats `call` for a while; returns the mean in microseconds. */
async function time(call: () => unknown): Promise<number> {
  let calls = 0;
  const startedAt = performance.now();
  while (performance.now() - startedAt < BATCH_MS) {
    await call();
    calls += 1;
  }
  return ((performance.now() - startedAt) * 1000) / calls;
}

const CONTENDERS = ["plain", "vmWarm", "vmFresh", "warm", "fresh"] as const;
type Contender = (typeof CONTENDERS)[number];
/** In microseconds. */
export type CallCosts = Readonly<Record<Contender, number>>;

/** The contenders take turns, so that a slow phase of the machine affects all of them. */
export async function measureCalls(
  sandbox: Sandbox,
  { warm, fresh }: { readonly warm: LoadableFunction; readonly fresh: LoadableFunction },
  rounds: number,
): Promise<CallCosts> {
  const script = new Script(CALL);
  const plain = script.runInThisContext();
  const inContext = script.runInContext(createContext({}));
  const calls: Readonly<Record<Contender, () => unknown>> = {
    plain: () => plain(BODY_TEXT),
    vmWarm: () => inContext(BODY_TEXT),
    vmFresh: () => new Script(CALL).runInContext(createContext({}))(BODY_TEXT),
    warm: () => sandbox.run(warm, INPUT, OPTIONS),
    fresh: () => sandbox.run(fresh, INPUT, OPTIONS),
  };
  for (const name of CONTENDERS) await time(calls[name]);
  const times: Record<Contender, number[]> = {
    plain: [],
    vmWarm: [],
    vmFresh: [],
    warm: [],
    fresh: [],
  };
  for (let round = 0; round < rounds; round++)
    for (const name of CONTENDERS) times[name].push(await time(calls[name]));
  return {
    plain: median(times.plain),
    vmWarm: median(times.vmWarm),
    vmFresh: median(times.vmFresh),
    warm: median(times.warm),
    fresh: median(times.fresh),
  };
}

/** Calls per second with `atOnce` calls in parallel. */
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
