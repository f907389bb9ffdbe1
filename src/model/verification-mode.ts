/** The verification mode in force, and the handling of messages that no secret can verify. */
import type { VerificationMode } from "./decision.ts";
import type { Property, Provider } from "./definition.ts";

/** What happens to messages of a provider that needs a secret and has none. */
export type Unverified = "accept" | "refuse";

export type ModeInForce = Exclude<VerificationMode, "auto">;

type Verifying = Pick<Provider, "verification" | "exports" | "properties">;

/**
 * `auto` enforces from the moment a secret is set. Without one, it only reports if unverified messages are accepted, so
 * that a first try works. A provider that verifies without a secret property needs none.
 */
export function modeInForce(provider: Verifying, unverified: Unverified): ModeInForce {
  if (!provider.exports.has("verify")) return "off";
  if (provider.verification !== "auto") return provider.verification;
  return missingSecrets(provider).length > 0 && unverified === "accept" ? "report" : "enforce";
}

/**
 * If none of the provider's secret properties has a value, returns all of them: any one would do. Otherwise returns
 * none.
 */
export function missingSecrets({ properties }: Pick<Provider, "properties">): readonly Property[] {
  const secrets = properties.filter(({ secret }) => secret);
  return secrets.some(({ values }) => values.length > 0) ? [] : secrets;
}

/**
 * Why every message of this provider is refused, whatever its script returns; undefined if the script decides. Without
 * its secret, a script may accept everything: `!secret || …`.
 */
export function refusalWithoutSecret(
  provider: Verifying,
  unverified: Unverified,
): string | undefined {
  const isRefused =
    provider.verification === "auto" && modeInForce(provider, unverified) === "enforce";
  const missing = isRefused ? missingSecrets(provider) : [];
  if (missing.length === 0) return undefined;
  return `no secret is set, and HOOKYARD_UNVERIFIED is refuse, the default where others can reach the server: ${howToSet(missing)}`;
}

/** Tells the operator how to set the secret. */
export function howToSet(missing: readonly Property[]): string {
  const names = missing.map(({ name, env }) =>
    env === undefined ? `property ${name}` : `property ${name} (variable ${env})`,
  );
  return `set ${names.length > 1 ? "one of " : ""}${names.join(", ")}`;
}
