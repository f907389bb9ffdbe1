/** Opens the installed scripts and the trials, on the store and the sandbox. */
import type { Config } from "../config.ts";
import type { Logger } from "../logger.ts";
import type { BacktestPlan } from "../model/backtest.ts";
import type { Provider, VersionInUse } from "../model/definition.ts";
import type { Message } from "../model/message.ts";
import type { FunctionTrial } from "../model/trial.ts";
import type { OriginalScripts } from "../pipeline/history/original-scripts.ts";
import type { UsedVersion } from "../registry/installed.ts";
import { liveRegistry } from "../registry/live-registry.ts";
import { nearUris } from "../registry/near-uris.ts";
import { secretHeaders } from "../registry/secret-headers.ts";
import type { Sandbox } from "../sandbox/main/sandbox.ts";
import { propertyNameProblem } from "../sandbox/script/script.ts";
import { Secrets } from "../secrets/secrets.ts";
import type { Store } from "../store/store.ts";
import { Backtesting } from "../trial/backtest-sandbox.ts";
import { type TrialDeps, tryFunction, tryProvider } from "../trial/trial.ts";
import { warnOfChanges } from "./unverified-warnings.ts";

/**
 * Starts the sandbox and loads the scripts with the values of their properties. Throws `sandbox_unusable`, or an error
 * if the secrets cannot be read.
 */
export async function openInstalled(
  stack: AsyncDisposableStack,
  config: Config,
  {
    store,
    sandbox,
    log,
    now,
  }: {
    readonly store: Store;
    readonly sandbox: Sandbox;
    readonly log: Logger;
    readonly now: () => number;
  },
) {
  const { lookUp } = config;
  const check = sandbox.check.bind(sandbox);
  const stored = () => store.scripts.installed();
  const keep = (versions: readonly UsedVersion[], inUse: readonly VersionInUse[]) => {
    const at = now();
    const kept = versions.map((one) => ({ ...one, author: null, note: null, createdAt: at }));
    return store.scripts.keep(kept, inUse, at);
  };
  const secrets = new Secrets(config, store.properties);
  const storedValues = secrets.find.bind(secrets);
  const deps = { check, propertyNameProblem, lookUp, storedValues, log, stored, keep };
  // The sandbox starts while the scripts are read. If no process starts, `await starting` throws below.
  const starting = sandbox.start();
  starting.catch(() => undefined);
  const scripts = stack.use(await liveRegistry(config, deps));
  scripts.onReload(warnOfChanges(scripts.current(), config, log));
  await starting;
  const { proofHeaders } = store;
  const known = secretHeaders(proofHeaders.names(), (name) => proofHeaders.keep(name));
  return { scripts, secrets, registry: scripts.current, secretHeaders: known };
}

/** Trials of scripts before they go live, and the scripts of earlier times. `stack` disposes of them. */
export function openTrials(
  deps: TrialDeps,
  originals: OriginalScripts,
  stack: AsyncDisposableStack,
) {
  const backtesting = stack.use(new Backtesting(deps));
  return {
    knowsFunction: (name: string) => deps.registry().functions.has(name),
    nearUris: (uri: string, provider: string | undefined) =>
      nearUris(deps.registry(), uri, provider),
    knowsOriginal: async (messageId: string) => {
      const { functions } = await originals.of(messageId);
      return (name: string) => functions.has(name);
    },
    tryProvider: (provider: Provider, message: Message) => tryProvider(provider, message, deps),
    tryFunction: (trial: FunctionTrial) => tryFunction(trial, deps),
    openComparer: (plan: BacktestPlan) => backtesting.open(plan),
  };
}
