/** Drafts over past messages: what would go elsewhere, and which functions would end differently. Nothing is done or stored. */

import type { BacktestPlan, Compared, Fate } from "../model/backtest.ts";
import type { Decision, Matched } from "../model/decision.ts";
import type { Provider } from "../model/definition.ts";
import type { Message } from "../model/message.ts";
import type { FunctionTried } from "../model/trial.ts";
import { allMatches } from "../pipeline/match/all-matches.ts";
import { decide } from "../pipeline/match/decide.ts";
import { createRegistry, type Registry } from "../registry/registry.ts";
import { functionFate, runDifferences } from "./function-fate.ts";
import { apart, type TrialDeps, tryFunction } from "./trial.ts";

/** Compares what scripts as installed and the drafts make of one message, now. */
export function comparer(
  plan: BacktestPlan,
  live: TrialDeps,
): (message: Message) => Promise<Compared> {
  const deps = apart(live);
  const installed = deps.registry();
  const drafted = createRegistry(plan.providers, plan.functions);
  return async (message) => {
    const before = await sideOf(message, installed, deps);
    const after = await sideOf(message, drafted, deps);
    const claims = await allMatches(message, { ...deps, registry: () => drafted });
    const tried: Tried[] = [];
    for (const name of namesToTry(before, after, plan.drafts))
      tried.push(await tryBoth(name, before, after));
    return {
      before: fateOf(before, new Map(tried.map(({ name, was }) => [name, was]))),
      after: fateOf(after, new Map(tried.map(({ name, now }) => [name, now]))),
      claims,
      differences: [
        ...decisionDifferences(before, after),
        ...tried.flatMap(({ name, differences }) => differences.map((one) => `${one} of ${name}`)),
      ],
      unsteady: tried.filter(({ isUnsteady }) => isUnsteady).map(({ name }) => name),
    };
  };
}

/** One set of scripts and what they decide about the message. */
interface Side {
  readonly decision: Decision;
  readonly provider: Provider | undefined;
  /** Names of the functions it is owed. */
  readonly owed: readonly string[];
  readonly run: (name: string) => Promise<FunctionTried>;
}

async function sideOf(message: Message, registry: Registry, deps: TrialDeps): Promise<Side> {
  const decision = await decide(message, { ...deps, registry: () => registry });
  const { provider: name, eventType = null, deliveryId = null } = matchedPart(decision);
  const provider = registry.providers.find((one) => one.name === name);
  const owed = decision.kind === "accepted" ? decision.functions.map((fn) => fn.name) : [];
  const run = (wanted: string) => {
    const fn = registry.functions.get(wanted);
    if (fn === undefined) throw new TypeError(`${wanted} is owed and not installed`);
    const trial = { fn, provider, message, eventType, deliveryId, performs: false, canned: [] };
    return tryFunction(trial, deps);
  };
  return { decision, provider, owed, run };
}

const matchedPart = (decision: Decision): Partial<Matched> =>
  decision.kind === "unmatched" ? {} : decision;

/** Those that may end differently: other scripts, newly owed, or told other things about the message. */
function namesToTry(before: Side, after: Side, drafts: ReadonlySet<string>): readonly string[] {
  const told = [before, after].map(({ decision, provider }) => {
    const { eventType, deliveryId } = matchedPart(decision);
    return JSON.stringify([provider?.name, provider?.properties, eventType, deliveryId]);
  });
  const isToldOther = told[0] !== told[1];
  return after.owed.filter(
    (name) => isToldOther || drafts.has(name) || !before.owed.includes(name),
  );
}

interface Tried {
  readonly name: string;
  /** Undefined when it is not owed so far. */
  readonly was: FunctionTried | undefined;
  readonly now: FunctionTried;
  readonly differences: readonly string[];
  readonly isUnsteady: boolean;
}

async function tryBoth(name: string, before: Side, after: Side): Promise<Tried> {
  const now = await after.run(name);
  if (!before.owed.includes(name))
    return { name, was: undefined, now, differences: [], isUnsteady: false };
  const was = await before.run(name);
  const differences = runDifferences(was, now);
  // What tells a time or a random number is different each time, whoever wrote it.
  const isUnsteady =
    differences.length > 0 && runDifferences(was, await before.run(name)).length > 0;
  return { name, was, now, differences: isUnsteady ? [] : differences, isUnsteady };
}

function fateOf(
  { decision, owed }: Side,
  tried: ReadonlyMap<string, FunctionTried | undefined>,
): Fate {
  const { provider, verification, eventType, deliveryId } = matchedPart(decision);
  return {
    decision: decision.kind,
    provider: provider ?? null,
    verification: verification?.result ?? null,
    eventType: eventType ?? null,
    deliveryId: deliveryId ?? null,
    functions: owed.map((name) => {
      const run = tried.get(name);
      return run === undefined ? { name } : functionFate(name, run);
    }),
  };
}

function decisionDifferences(before: Side, after: Side): readonly string[] {
  const nothing = new Map<string, undefined>();
  const [was, now] = [fateOf(before, nothing), fateOf(after, nothing)];
  const keys = ["decision", "provider", "verification", "eventType", "deliveryId"] as const;
  const plain = keys.filter((key) => was[key] !== now[key]);
  const isOwedSame = before.owed.join("\n") === after.owed.join("\n");
  return [...plain, ...(isOwedSame ? [] : ["functions"])];
}
