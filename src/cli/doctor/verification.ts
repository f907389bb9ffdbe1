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
  const active = providers.filter((one) => one.active);
  return [secrets(active), unverified(active), ...misspelt(active, variables)];
}

/** A provider with at least one of its secrets counts as configured. */
function secrets(providers: readonly Verifying[]): Finding {
  const check = "secrets";
  const unset = providers.filter(({ verification: declared, properties }) => {
    const secretProperties = properties.filter(({ secret }) => secret);
    return (
      declared !== "off" && secretProperties.length > 0 && secretProperties.every(({ set }) => !set)
    );
  });
  const isRefused = ({ inForce }: Verifying) => inForce === "enforce";
  const refused = unset.filter(
    (one) => isRefused(one) && (one.isUsed || one.verification === "enforce"),
  );
  const accepted = unset.filter((one) => !isRefused(one));
  const used = accepted.filter(({ isUsed }) => isUsed);
  const reported = used.length > 0 ? used : accepted;
  const [first] = refused.length > 0 ? refused : reported;
  if (first === undefined) return ok(check, "every provider that is used has one");
  const property = secretOf(first)?.name ?? "secret";
  const remedy = `set the variables named here, or use \`hookyard secret set ${first.name} ${property}\``;
  if (refused.length > 0)
    return problem(check, `none for ${variablesOf(refused)}: every message is refused`, remedy);
  return warning(
    check,
    `none for ${variablesOf(reported)}: their messages are not verified`,
    remedy,
  );
}

function unverified(providers: readonly Verifying[]): Finding {
  const check = "unverified messages";
  const accepting = providers.filter(({ isUsed, inForce }) => isUsed && inForce !== "enforce");
  if (accepting.length === 0) return ok(check, "no function runs on them");
  const remedy =
    "set their secrets and leave `verification` at `auto`; HOOKYARD_UNVERIFIED=refuse refuses messages of providers without a secret";
  return warning(check, `functions run on those of ${namesOf(accepting)}`, remedy);
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
