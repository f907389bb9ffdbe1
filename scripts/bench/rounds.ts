/** The measurements. Targets take turns, so that a slow phase of the machine affects all of them. */
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
/** Warms up the JIT compilers, so that a server is measured that has run for a while. */
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
  /** Share of one core that the bare server used; well below 1, the load generator was the limit. */
  readonly bareCpu: number;
  readonly accepted: number;
  /** Cores used by processes outside of the benchmark. */
  readonly othersCpu: number;
}

const perSecond = (amount: number, startedAt: number, endedAt: number) =>
  (amount * 1000) / (endedAt - startedAt);

export const rateOf = (amount: number, { startedAt, endedAt }: JobResult) =>
  perSecond(amount, startedAt, endedAt);

/** The number of requests that take about `seconds`, divisible by the number of connections. */
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

/** Messages are matched, verified and stored; no function is registered for this URI. */
async function measureAccepted(targets: Targets, amount: number) {
  const { hookyard } = targets;
  const result = await flood(targets, messagesUrl(hookyard, URI_WITHOUT_FUNCTIONS), amount);
  await assertAll(hookyard, result.startedAt, { amount, status: "UNMATCHED" });
  return { accepted: rateOf(amount, result) };
}

/** Measures from the first request until all executions of the last message are recorded. */
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

/** Cores used by processes outside of the benchmark, from now until the returned function is called. */
function watchOthers(): () => number {
  const ours = () => processTree(process.pid).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const others = () => machineCpuSeconds() - ours();
  const [startedAt, before] = [performance.now(), others()];
  return () => ((others() - before) * 1000) / (performance.now() - startedAt);
}
