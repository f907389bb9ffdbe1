/** Warns operators at the start about providers whose messages are not verified. */
import type { Config } from "../config.ts";
import type { Logger } from "../logger.ts";
import type { Registry } from "../registry/registry.ts";
import {
  acceptingUnverified,
  misspeltVariables,
  refusingAll,
  variablesOf,
} from "../registry/unverified-providers.ts";

type Setting = Pick<Config, "unverified" | "variables">;

/** Lines of the banner: a word, and the text it introduces. */
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
        ["not used", `no provider reads the variable ${found}: did you mean ${meant}?`] as const,
    ),
  ];
}

/** Logged once: the installed scripts may change while the server runs. */
export function logUnverified(registry: Registry, setting: Setting, log: Logger): void {
  for (const [, text] of unverifiedLines(registry, setting)) log.warn(text);
}
