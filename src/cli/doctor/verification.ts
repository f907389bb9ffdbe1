/** Checks that senders are verified: secrets are set, and under variable names that a provider reads. */
import { misspeltVariables } from "../../registry/unverified-providers.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

export interface Verifying {
  readonly name: string;
  readonly active: boolean;
  readonly verification: string;
  /** The mode that `auto` resolves to. */
  readonly inForce: string;
  /** Whether it has an active function. */
  readonly isUsed: boolean;
  /** Whether it does not come with the program. */
  readonly isOwn: boolean;
  readonly properties: readonly {
    readonly name: string;
    readonly env?: string | undefined;
    readonly secret: boolean;
    readonly set: boolean;
  }[];
}

/** `variables` are the variables set for the server; empty when unknown. */
export function verification(
  providers: readonly Verifying[],
  variables: readonly string[],
): readonly Finding[] {
  const active = providers
    .filter((one) => one.active)
    .toSorted((a, b) => Number(b.isOwn) - Number(a.isOwn));
  return [
    ...secrets(active),
    unverified(active),
    ...notTaken(active, variables),
    ...misspelt(active, variables),
  ];
}

/** A provider with at least one of its secrets counts as configured. */
const hasNoSecret = ({ verification: declared, properties }: Verifying): boolean => {
  const secretProperties = properties.filter(({ secret }) => secret);
  return (
    declared !== "off" && secretProperties.length > 0 && secretProperties.every(({ set }) => !set)
  );
};

/** Its messages are accepted, and would be verified if it had a secret. */
const lacksOnlySecret = (one: Verifying): boolean =>
  one.isUsed && one.verification === "auto" && !isRefused(one) && hasNoSecret(one);

const isRefused = ({ inForce }: Verifying): boolean => inForce === "enforce";

/** A provider without functions needs no secret, unless its messages are to be refused without one. */
function secrets(providers: readonly Verifying[]): readonly Finding[] {
  const check = "secrets";
  const unset = providers.filter(hasNoSecret);
  const refused = unset.filter(
    (one) => isRefused(one) && (one.isUsed || one.verification === "enforce"),
  );
  const accepted = unset.filter(lacksOnlySecret);
  if (refused.length + accepted.length === 0)
    return [ok(check, "every provider with functions has one")];
  return [
    ...(refused.length === 0
      ? []
      : [
          problem(
            check,
            `none for ${variablesOf(refused)}: every message is refused`,
            howToSet(refused),
          ),
        ]),
    ...(accepted.length === 0
      ? []
      : [
          warning(
            check,
            `none for ${variablesOf(accepted)}: their messages are not verified`,
            howToSet(accepted),
          ),
        ]),
  ];
}

function howToSet([first]: readonly Verifying[]): string {
  const property = (first && secretOf(first)?.name) ?? "secret";
  return `set the variables named here and start the server again, or use \`hookyard secret set ${first?.name} ${property}\`; HOOKYARD_UNVERIFIED=refuse refuses messages of providers without a secret`;
}

/** Providers whose messages a secret alone would not verify. */
function unverified(providers: readonly Verifying[]): Finding {
  const check = "unverified messages";
  const accepting = providers.filter(
    (one) => one.isUsed && !isRefused(one) && !lacksOnlySecret(one),
  );
  if (accepting.length === 0) return ok(check, "no function runs on messages of other providers");
  const remedy = "leave `verification` at `auto`, and export `verify` from the match script";
  return warning(check, `functions run on those of ${namesOf(accepting)}`, remedy);
}

/** A server keeps the environment it was started with. */
function notTaken(
  providers: readonly Verifying[],
  variables: readonly string[],
): readonly Finding[] {
  const set = new Set(variables);
  const unused = providers.flatMap(({ properties }) =>
    properties.flatMap(({ env, set: isSet }) => (env && !isSet && set.has(env) ? [env] : [])),
  );
  if (unused.length === 0) return [];
  const found = `${unused.join(", ")}: set here, and the server does not have ${unused.length === 1 ? "it" : "them"}`;
  return [warning("variables", found, "start the server again where these variables are set")];
}

function misspelt(
  providers: readonly Verifying[],
  variables: readonly string[],
): readonly Finding[] {
  const properties = providers.flatMap((one) =>
    one.properties.map(({ env, set }) => ({ env, isSet: set })),
  );
  return misspeltVariables(properties, variables).map(({ found, meant }) =>
    warning("variables", `no provider reads ${found}`, `rename it, if ${meant} is meant`),
  );
}

const secretOf = ({ properties }: Verifying) => properties.find(({ secret }) => secret);

/** Each provider with the variable that sets its first secret. */
const variablesOf = (providers: readonly Verifying[]): string =>
  providers
    .map((one) => {
      const env = secretOf(one)?.env;
      return env === undefined ? one.name : `${one.name} (${env})`;
    })
    .join(", ");

const namesOf = (providers: readonly Verifying[]): string =>
  providers.map(({ name }) => name).join(", ");
