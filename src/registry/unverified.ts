/** Providers with functions whose messages nothing proves: who accepts them, who refuses all, and which names are misspelt. */
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

interface Unproven {
  readonly provider: string;
  /** Why, and what an operator does about it. */
  readonly reason: string;
}

/** In the order in which they are asked. */
export function inUse({ providers, functions }: Registry): readonly Provider[] {
  const owners = new Set(
    [...functions.values()].filter(({ active }) => active).map(({ provider }) => provider),
  );
  return providers.filter(({ name }) => owners.has(name));
}

/** Functions run on their messages although nothing proves who sent them. */
export function acceptingUnverified(
  registry: Registry,
  unverified: Unverified,
): readonly Unproven[] {
  return inUse(registry)
    .filter((provider) => modeInForce(provider, unverified) !== "enforce")
    .map((provider) => ({ provider: provider.name, reason: reasonOf(provider) }));
}

/** None of their messages is accepted, for want of a secret. */
export function refusingAll(registry: Registry, unverified: Unverified): readonly Unproven[] {
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
  /** The variable that supplies a property. */
  readonly env?: string | undefined;
  readonly isSet: boolean;
}

const SHORTEST = 6;

/** Variables that are set and that no property names, with the unset one that is likely meant. */
export function misspeltVariables(
  properties: readonly Variable[],
  variables: readonly string[],
): readonly { readonly found: string; readonly meant: string }[] {
  const known = new Set(properties.flatMap(({ env }) => (env ? [env, `${env}_PREVIOUS`] : [])));
  const wanted = properties.flatMap(({ env, isSet }) => (env && !isSet ? [env] : []));
  return variables
    .filter((name) => name.length >= SHORTEST && !known.has(name))
    .flatMap((found) => {
      const meant = nearestName(found, wanted);
      return meant === undefined ? [] : [{ found, meant }];
    });
}

export const variablesOf = (providers: readonly Pick<Provider, "properties">[]) =>
  providers.flatMap(({ properties }) =>
    properties.map(({ env, values }) => ({ env, isSet: values.length > 0 })),
  );
