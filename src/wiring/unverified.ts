/** What operators are told, at the start, of messages whose senders nothing proves. */
import type { Config } from "../config.ts";
import type { Logger } from "../logger.ts";
import type { Registry } from "../registry/registry.ts";
import {
  acceptingUnverified,
  misspeltVariables,
  refusingAll,
  variablesOf,
} from "../registry/unverified.ts";

type Setting = Pick<Config, "unverified" | "variables">;

/** Lines of the banner: a word and what it is about. */
export function unverifiedLines(
  registry: Registry,
  { unverified, variables }: Setting,
): readonly (readonly [word: string, text: string])[] {
  const accepted = acceptingUnverified(registry, unverified);
  const refused = refusingAll(registry, unverified);
  const misspelt = misspeltVariables(variablesOf(registry.providers), variables);
  return [
    ...accepted.map(
      ({ provider, reason }) =>
        ["unverified", `messages of ${provider} are accepted without proof: ${reason}`] as const,
    ),
    ...refused.map(
      ({ provider, reason }) =>
        ["refused", `every message of ${provider} gets 401: ${reason}`] as const,
    ),
    ...misspelt.map(
      ({ found, meant }) =>
        ["not used", `no provider reads the variable ${found}: is ${meant} meant?`] as const,
    ),
  ];
}

/** Once, as what is installed changes while the server runs. */
export function logUnverified(registry: Registry, setting: Setting, log: Logger): void {
  for (const [, text] of unverifiedLines(registry, setting)) log.warn(text);
}
