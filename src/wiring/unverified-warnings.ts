/** Warns operators about providers whose messages are not verified: at the start, and after a change of the scripts. */
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

/** A word, and the text it introduces. */
export type WarningLine = readonly [word: string, text: string];

export function unverifiedLines(
  registry: Registry,
  { unverified, variables }: Setting,
): readonly WarningLine[] {
  const accepted = acceptingUnverified(registry, unverified);
  const refused = refusingAll(registry, unverified);
  const misspelt = misspeltVariables(variablesOf(registry.providers), variables);
  return [
    ...accepted.map(
      ({ provider, reason }): WarningLine => [
        "unverified",
        `messages of ${provider} are accepted without proof: ${reason}`,
      ],
    ),
    ...refused.map(
      ({ provider, reason }): WarningLine => [
        "refused",
        `every message of ${provider} gets 401: ${reason}`,
      ],
    ),
    ...misspelt.map(
      ({ found, meant }): WarningLine => [
        "not used",
        `no provider reads the variable ${found}: did you mean ${meant}?`,
      ],
    ),
  ];
}

/** Logs each warning when it appears, once for as long as it holds. The banner shows those of the start. */
export function warnOfChanges(atStart: Registry, setting: Setting, log: Logger) {
  const textsOf = (registry: Registry) =>
    new Set(unverifiedLines(registry, setting).map(([, text]) => text));
  let known = textsOf(atStart);
  return (registry: Registry): void => {
    const texts = textsOf(registry);
    for (const text of texts.difference(known)) log.warn(text);
    known = texts;
  };
}
