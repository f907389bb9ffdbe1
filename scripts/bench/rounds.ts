/** The measurements. Targets take turns, so that a slow minute of the machine hits all of them. */
import type { Bare } from "./bare.ts";
import type { Hookyard } from "./hookyard.ts";
import { URI, URI_WITHOUT_FUNCTIONS } from "./installation.ts";
import type { Load } from "./load.ts";
import type { JobResult } from "./load-jobs.ts";
import { assertAll, drained, WHOLE_WORK } from "./message-log.ts";
import type { Plan } from "./plan.ts";
import { cpuSeconds, machineCpuSeconds, processTree } from "./process-tree.ts";
import type { Push } from "./push.ts";

export const CONNECTIONS = 64;
/** What is compiled on the way is not what a server costs that has run for a minute. */
const WARM_UP = 100 * CONNECTIONS;

export interface Targets {
  readonly bare: Bare;
  readonly hookyard: Hookyard;
  readonly load: Load;
  readonly push: Push;
}

export interface Processed {
  /** Messages per second, up to the last answer. */
  readonly acceptedWithFunctions: number;
  /** Messages per second, up to the last outcome. */
  readonly processed: number;
  /** CPU time per message fully processed, in milliseconds. */
  readonly mainCpuMs: number;
  readonly sandboxCpuMs: number;
}

export interface Round extends Processed {
  /** Messages per second. */
  readonly bare: number;
  /** Share of one core the bare server used: well below 1 the load generator is what was measured. */
  readonly bareCpu: number;
  readonly accepted: number;
  /** Cores that processes with no part in the benchmark used. */
  readonly othersCpu: number;
}

const perSecond = (amount: number, startedAt: number, endedAt: number) =>
  (amount * 1000) / (endedAt - startedAt);

export const rateOf = (amount: number, { startedAt, endedAt }: JobResult) =>
  perSecond(amount, startedAt, endedAt);

/** So many requests that they take `seconds`, the same number over every connection. */
const amountFor = (rate: number, seconds: number) =>
  Math.max(1, Math.round((rate * seconds) / CONNECTIONS)) * CONNECTIONS;

export const messagesUrl = ({ url }: Hookyard, uri: string) => `${url}/webhooks/v1/${uri}`;

function flood(
  { load, push }: Pick<Targets, "load" | "push">,
  url: string,
  amount: number,
): Promise<JobResult> {
  return load.run({ kind: "flood", url, ...push, amount, connections: CONNECTIONS }, 202);
}

async function measureBare(targets: Targets, amount: number) {
  const { pid, url } = targets.bare;
  const cpuBefore = cpuSeconds(pid);
  const result = await flood(targets, url, amount);
  const seconds = (result.endedAt - result.startedAt) / 1000;
  return { bare: rateOf(amount, result), bareCpu: (cpuSeconds(pid) - cpuBefore) / seconds };
}

/** Matched, verified and stored; no function is registered for this URI. */
async function measureAccepted(targets: Targets, amount: number) {
  const { hookyard } = targets;
  const result = await flood(targets, messagesUrl(hookyard, URI_WITHOUT_FUNCTIONS), amount);
  await assertAll(hookyard, result.startedAt, { amount, status: "UNMATCHED" });
  return { accepted: rateOf(amount, result) };
}

/** Clocked from the first request until everything owed to the last message is recorded. */
export async function measureProcessed(
  targets: Omit<Targets, "bare">,
  amount: number,
  work = WHOLE_WORK,
): Promise<Processed> {
  const { hookyard } = targets;
  const before = cpuOf(hookyard);
  const result = await flood(targets, messagesUrl(hookyard, URI), amount);
  const endedAt = await drained(hookyard);
  const after = cpuOf(hookyard);
  await assertAll(hookyard, result.startedAt, { amount, status: "SUCCESS", work });
  return {
    acceptedWithFunctions: rateOf(amount, result),
    processed: perSecond(amount, result.startedAt, endedAt),
    mainCpuMs: ((after.main - before.main) * 1000) / amount,
    sandboxCpuMs: ((after.children - before.children) * 1000) / amount,
  };
}

function cpuOf({ pid }: Hookyard): { readonly main: number; readonly children: number } {
  const [main = pid, ...children] = processTree(pid);
  const sum = children.reduce((total, child) => total + cpuSeconds(child), 0);
  return { main: cpuSeconds(main), children: sum };
}

export async function measureRounds(targets: Targets, plan: Plan): Promise<readonly Round[]> {
  const { bare } = await measureBare(targets, WARM_UP);
  const { accepted } = await measureAccepted(targets, WARM_UP);
  await measureProcessed(targets, WARM_UP);
  const { processed } = await measureProcessed(targets, WARM_UP);
  const rounds: Round[] = [];
  while (rounds.length < plan.rounds) {
    const othersCpu = watchOthers();
    rounds.push({
      ...(await measureBare(targets, amountFor(bare, plan.bareSeconds))),
      ...(await measureAccepted(targets, amountFor(accepted, plan.acceptSeconds))),
      ...(await measureProcessed(targets, amountFor(processed, plan.processSeconds))),
      othersCpu: othersCpu(),
    });
  }
  return rounds;
}

/** What is not ours, from now until the returned function is called. */
function watchOthers(): () => number {
  const ours = () => processTree(process.pid).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const others = () => machineCpuSeconds() - ours();
  const [startedAt, before] = [performance.now(), others()];
  return () => ((others() - before) * 1000) / (performance.now() - startedAt);
}
