/**
 * Finds providers with functions whose messages are not verified: those that accept all messages, those that refuse
 * all, and misspelt variables of their secrets.
 */
import type { Provider } from "../model/definition.ts";
import { nearestName } from "../model/nearest-name.ts";
import {
  howToSet,
  missingSecrets,
  modeInForce,
  refusalWithoutSecret,
  type Unverified,
} from "../model/verification-mode.ts";
import type { Registry } from "./registry.ts";

interface UnverifiedProvider {
  readonly provider: string;
  /** The reason, and the remedy for the operator. */
  readonly reason: string;
}

/** Providers with active functions, in order of priority. */
export function inUse({ providers, functions }: Registry): readonly Provider[] {
  const owners = new Set(
    [...functions.values()].filter(({ active }) => active).map(({ provider }) => provider),
  );
  return providers.filter(({ name }) => owners.has(name));
}

/** Providers whose functions run on unverified messages. */
export function acceptingUnverified(
  registry: Registry,
  unverified: Unverified,
): readonly UnverifiedProvider[] {
  return inUse(registry)
    .filter((provider) => modeInForce(provider, unverified) !== "enforce")
    .map((provider) => ({ provider: provider.name, reason: reasonOf(provider) }));
}

/** Providers that refuse every message because their secret is not set. */
export function refusingAll(
  registry: Registry,
  unverified: Unverified,
): readonly UnverifiedProvider[] {
  return inUse(registry).flatMap((provider) => {
    const reason = refusalWithoutSecret(provider, unverified);
    return reason === undefined ? [] : [{ provider: provider.name, reason }];
  });
}

function reasonOf(provider: Provider): string {
  const { verification, exports } = provider;
  if (!exports.has("verify")) return "its script has no verify";
  if (verification !== "auto") return `its verification is "${verification}"`;
  return `no secret is set: ${howToSet(missingSecrets(provider))}`;
}

interface Variable {
  /** The environment variable that supplies a property. */
  readonly env?: string | undefined;
  readonly isSet: boolean;
}

const MIN_LENGTH = 6;

/** Environment variables that no property names, each with the similar unset one that is probably meant. */
export function misspeltVariables(
  properties: readonly Variable[],
  variables: readonly string[],
): readonly { readonly found: string; readonly meant: string }[] {
  const known = new Set(properties.flatMap(({ env }) => (env ? [env, `${env}_PREVIOUS`] : [])));
  const unset = properties.flatMap(({ env, isSet }) => (env && !isSet ? [env] : []));
  return variables
    .filter((name) => name.length >= MIN_LENGTH && !known.has(name))
    .flatMap((found) => {
      const meant = nearestName(found, unset);
      return meant === undefined ? [] : [{ found, meant }];
    });
}

export const variablesOf = (providers: readonly Pick<Provider, "properties">[]) =>
  providers.flatMap(({ properties }) =>
    properties.map(({ env, values }) => ({ env, isSet: values.length > 0 })),
  );
