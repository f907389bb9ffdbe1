/** Finds all providers that match a message, not only the first one. Decides and stores nothing. */

import type { Message } from "../../model/message.ts";
import type { ProviderMatches } from "../../model/provider-matches.ts";
import { MATCH_USER, type MatchDeps } from "./decide.ts";
import { passOver } from "./pass-over.ts";
import { providerSet } from "./provider-set.ts";
import { scriptInput } from "./script-input.ts";

/**
 * Runs the match scripts of the providers whose `when` holds. After each match, continues with the providers behind
 * it, so that each script runs once.
 */
export async function allMatches(message: Message, deps: MatchDeps): Promise<ProviderMatches> {
  const registry = deps.registry();
  let { candidates } = passOver(message, registry);
  if (candidates.length === 0) return { providers: [], faults: [] };
  using opened = await deps.openEvent(message, MATCH_USER);
  const input = scriptInput(opened.event);
  const set = providerSet(registry);
  const fresh = deps.freshIsolates;
  const nameOf = (index: number) => registry.providers[index]?.name ?? "";
  const matched: string[] = [];
  const faults: ProviderMatches["faults"][number][] = [];
  while (candidates.length > 0) {
    const options = { verify: false, candidates, fresh };
    const { entries } = await deps.sandbox.decide(set, input, options);
    for (const { provider, error } of entries)
      if (error !== undefined) faults.push({ provider: nameOf(provider), message: error.message });
    const last = entries.at(-1);
    if (last?.matched !== true) break;
    matched.push(nameOf(last.provider));
    candidates = candidates.filter(({ provider }) => provider > last.provider);
  }
  return { providers: matched, faults };
}
