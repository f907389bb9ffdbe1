/** Whether what a provider's verification says counts, and what becomes of messages that nothing can prove. */
import type { VerificationMode } from "./decision.ts";
import type { Property, Provider } from "./definition.ts";

/** What becomes of messages of a provider that needs a secret and has none. */
export type Unverified = "accept" | "refuse";

export type ModeInForce = Exclude<VerificationMode, "auto">;

type Verifying = Pick<Provider, "verification" | "exports" | "properties">;

/**
 * `auto` enforces from the moment there is a secret. Without one it only reports while unverified messages are accepted,
 * so that a first try works. A provider that verifies without any secret property needs none.
 */
export function modeInForce(provider: Verifying, unverified: Unverified): ModeInForce {
  if (!provider.exports.has("verify")) return "off";
  if (provider.verification !== "auto") return provider.verification;
  return missingSecrets(provider).length > 0 && unverified === "accept" ? "report" : "enforce";
}

/** The secret properties of a provider that has a value for none of them, any of which would do; else none. */
export function missingSecrets({ properties }: Pick<Provider, "properties">): readonly Property[] {
  const secrets = properties.filter(({ secret }) => secret);
  return secrets.some(({ values }) => values.length > 0) ? [] : secrets;
}

/**
 * Why a message of this provider is refused whatever its script says; undefined when the script is to be believed. A
 * script without its secret may well say yes: `!secret || …`.
 */
export function refusalWithoutSecret(
  provider: Verifying,
  unverified: Unverified,
): string | undefined {
  const isRefused =
    provider.verification === "auto" && modeInForce(provider, unverified) === "enforce";
  const missing = isRefused ? missingSecrets(provider) : [];
  if (missing.length === 0) return undefined;
  return `no secret is set, and HOOKYARD_UNVERIFIED is refuse: ${howToSet(missing)}`;
}

/** What an operator does about it. */
export function howToSet(missing: readonly Property[]): string {
  const names = missing.map(({ name, env }) =>
    env === undefined ? `property ${name}` : `property ${name} (variable ${env})`,
  );
  return `set ${names.length > 1 ? "one of " : ""}${names.join(", ")}`;
}
