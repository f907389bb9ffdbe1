/** Drafts over past messages: what would go elsewhere, and which functions would end differently. Nothing is done or stored. */
import { claims } from "../match/claims.ts";
import { decide } from "../match/decide.ts";
import type { Decision } from "../model/decision.ts";
import type { Provider, WebhookFunction } from "../model/definition.ts";
import type { Message } from "../model/message.ts";
import { createRegistry, type Registry } from "../registry/registry.ts";
import { type FunctionTried, quiet, type TrialSurroundings, tryFunction } from "./trial.ts";

export interface BacktestPlan {
  /** What is installed with the drafts in place of their namesakes, or added. */
  readonly providers: readonly Provider[];
  readonly functions: readonly WebhookFunction[];
  /** Names of the functions that are drafts: only they are run. */
  readonly drafts: ReadonlySet<string>;
}

/** What becomes of a message. */
export interface Fate {
  readonly decision: Decision["kind"];
  readonly provider: string | null;
  readonly verification: string | null;
  readonly eventType: string | null;
  readonly deliveryId: string | null;
  /** Functions it is owed; `outcome` and what it came to only of drafts. */
  readonly functions: readonly FunctionFate[];
}

interface FunctionFate {
  readonly name: string;
  readonly outcome?: string;
  readonly result?: string;
  readonly error?: string;
}

export interface Compared {
  readonly before: Fate;
  readonly after: Fate;
  /** Who would claim it under the drafts, in the order in which they are asked. */
  readonly claimedBy: readonly string[];
  /** Names of what differs. */
  readonly differences: readonly string[];
}

/** Compares what scripts as installed and the drafts make of one message, now. */
export function comparer(
  plan: BacktestPlan,
  live: TrialSurroundings,
): (message: Message) => Promise<Compared> {
  const around = quiet(live);
  const installed = around.registry();
  const drafted = createRegistry(plan.providers, plan.functions);
  return async (message) => {
    const before = await fateOf(message, installed, plan, around);
    const after = await fateOf(message, drafted, plan, around);
    const own = { ...around, registry: () => drafted };
    const { providers: claimedBy } = await claims(message, own);
    return { before, after, claimedBy, differences: differencesOf(before, after) };
  };
}

async function fateOf(
  message: Message,
  registry: Registry,
  { drafts }: BacktestPlan,
  around: TrialSurroundings,
): Promise<Fate> {
  const decision = await decide(message, { ...around, registry: () => registry });
  const matched = decision.kind === "unmatched" ? undefined : decision;
  const { eventType = null, deliveryId = null, provider = null } = matched ?? {};
  const owed = decision.kind === "accepted" ? decision.functions : [];
  const functions: FunctionFate[] = [];
  for (const { name } of owed) {
    const fn = drafts.has(name) ? registry.functions.get(name) : undefined;
    const tried =
      fn === undefined
        ? undefined
        : await tryFunction(
            {
              fn,
              provider: registry.providers.find((one) => one.name === fn.provider),
              message,
              eventType,
              deliveryId,
              performs: false,
              canned: [],
            },
            around,
          );
    functions.push({ name, ...(tried === undefined ? {} : fateOfRun(tried)) });
  }
  const verification = matched?.verification.result ?? null;
  return { decision: decision.kind, provider, verification, eventType, deliveryId, functions };
}

function fateOfRun({ outcome }: FunctionTried): Omit<FunctionFate, "name"> {
  switch (outcome.kind) {
    case "success":
      return { outcome: "SUCCESS", result: outcome.result ?? "null" };
    case "filtered":
      return { outcome: "FILTERED", result: outcome.reason };
    case "failure":
      return {
        outcome: "FAILED",
        error: `${outcome.failure.kind} ${outcome.failure.name}: ${outcome.failure.message}`,
      };
    case "interrupted":
      return { outcome: "INTERRUPTED" };
  }
}

function differencesOf(before: Fate, after: Fate): readonly string[] {
  const keys = ["decision", "provider", "verification", "eventType", "deliveryId"] as const;
  const plain = keys.filter((key) => before[key] !== after[key]);
  const names = (fate: Fate) => fate.functions.map(({ name }) => name).join("\n");
  const owed = names(before) === names(after) ? [] : ["functions"];
  const outcomes = after.functions.flatMap((now) => {
    const then = before.functions.find(({ name }) => name === now.name);
    const isSame =
      then === undefined ||
      (then.outcome === now.outcome && then.result === now.result && then.error === now.error);
    return isSame ? [] : [`outcome of ${now.name}`];
  });
  return [...plain, ...owed, ...outcomes];
}
