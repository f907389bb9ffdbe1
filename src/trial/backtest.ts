/**
 * Compares drafts with the installed scripts on past messages: which messages would be decided differently, and which
 * functions would end differently. Nothing is performed or stored.
 */

import type { BacktestPlan, Compared, Fate } from "../model/backtest.ts";
import type { Decision, Matched } from "../model/decision.ts";
import type { Provider } from "../model/definition.ts";
import type { Message } from "../model/message.ts";
import type { FunctionTried } from "../model/trial.ts";
import { allMatches } from "../pipeline/match/all-matches.ts";
import { decide } from "../pipeline/match/decide.ts";
import { createRegistry, type Registry } from "../registry/registry.ts";
import { functionFate, runDifferences } from "./function-fate.ts";
import { isolated, type TrialDeps, tryFunction } from "./trial.ts";

/** Returns a function that compares the drafts with the scripts installed now on one message. */
export function createComparer(
  plan: BacktestPlan,
  live: TrialDeps,
): (message: Message) => Promise<Compared> {
  const deps = isolated(live);
  const installed = deps.registry();
  const drafted = createRegistry(plan.providers, plan.functions);
  return async (message) => {
    const before = await decideSide(message, installed, deps);
    const after = await decideSide(message, drafted, deps);
    const matches = await allMatches(message, { ...deps, registry: () => drafted });
    const runs: ComparedRun[] = [];
    for (const name of namesToRun(before, after, plan.drafts))
      runs.push(await runBoth(name, before, after));
    return {
      before: fateOf(before, new Map(runs.map(({ name, was }) => [name, was]))),
      after: fateOf(after, new Map(runs.map(({ name, now }) => [name, now]))),
      matches,
      differences: [
        ...decisionDifferences(before, after),
        ...runs.flatMap(({ name, differences }) => differences.map((one) => `${one} of ${name}`)),
      ],
      unsteady: runs.filter(({ isUnsteady }) => isUnsteady).map(({ name }) => name),
    };
  };
}

/** One set of scripts, and its decision about the message. */
interface Side {
  readonly decision: Decision;
  readonly provider: Provider | undefined;
  /** Names of the functions that the message is owed. */
  readonly owed: readonly string[];
  readonly run: (name: string) => Promise<FunctionTried>;
}

async function decideSide(message: Message, registry: Registry, deps: TrialDeps): Promise<Side> {
  const decision = await decide(message, { ...deps, registry: () => registry });
  const { provider: name, eventType = null, deliveryId = null } = matchedFields(decision);
  const provider = registry.providers.find((one) => one.name === name);
  const owed = decision.kind === "accepted" ? decision.functions.map((fn) => fn.name) : [];
  const run = (functionName: string) => {
    const fn = registry.functions.get(functionName);
    if (fn === undefined) throw new TypeError(`${functionName} is owed and not installed`);
    const trial = { fn, provider, message, eventType, deliveryId, performs: false, canned: [] };
    return tryFunction(trial, deps);
  };
  return { decision, provider, owed, run };
}

const matchedFields = (decision: Decision): Partial<Matched> =>
  decision.kind === "unmatched" ? {} : decision;

/** Functions that may end differently: drafts, newly owed functions, or all if their event or properties differ. */
function namesToRun(before: Side, after: Side, drafts: ReadonlySet<string>): readonly string[] {
  const inputs = [before, after].map(({ decision, provider }) => {
    const { eventType, deliveryId } = matchedFields(decision);
    return JSON.stringify([provider?.name, provider?.properties, eventType, deliveryId]);
  });
  const isInputChanged = inputs[0] !== inputs[1];
  return after.owed.filter(
    (name) => isInputChanged || drafts.has(name) || !before.owed.includes(name),
  );
}

interface ComparedRun {
  readonly name: string;
  /** Undefined if the installed scripts do not run this function. */
  readonly was: FunctionTried | undefined;
  readonly now: FunctionTried;
  readonly differences: readonly string[];
  readonly isUnsteady: boolean;
}

async function runBoth(name: string, before: Side, after: Side): Promise<ComparedRun> {
  const now = await after.run(name);
  if (!before.owed.includes(name))
    return { name, was: undefined, now, differences: [], isUnsteady: false };
  const was = await before.run(name);
  const differences = runDifferences(was, now);
  // A function that uses the time or random numbers differs in every run, whichever version runs.
  const isUnsteady =
    differences.length > 0 && runDifferences(was, await before.run(name)).length > 0;
  return { name, was, now, differences: isUnsteady ? [] : differences, isUnsteady };
}

function fateOf(
  { decision, owed }: Side,
  runs: ReadonlyMap<string, FunctionTried | undefined>,
): Fate {
  const { provider, verification, eventType, deliveryId } = matchedFields(decision);
  return {
    decision: decision.kind,
    provider: provider ?? null,
    verification: verification?.result ?? null,
    eventType: eventType ?? null,
    deliveryId: deliveryId ?? null,
    functions: owed.map((name) => {
      const run = runs.get(name);
      return run === undefined ? { name } : functionFate(name, run);
    }),
  };
}

function decisionDifferences(before: Side, after: Side): readonly string[] {
  const noRuns = new Map<string, undefined>();
  const [was, now] = [fateOf(before, noRuns), fateOf(after, noRuns)];
  const keys = ["decision", "provider", "verification", "eventType", "deliveryId"] as const;
  const plain = keys.filter((key) => was[key] !== now[key]);
  const isOwedSame = before.owed.join("\n") === after.owed.join("\n");
  return [...plain, ...(isOwedSame ? [] : ["functions"])];
}
