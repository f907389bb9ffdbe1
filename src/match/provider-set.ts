/** The match scripts of a registry as the sandbox loads them: put together once per registry. */
import type { VerificationMode } from "../model/decision.ts";
import type { Provider } from "../model/definition.ts";
import type { Registry } from "../registry/registry.ts";
import { moduleCode } from "../sandbox/link-script.ts";
import { keyOf, type ProviderSet } from "../sandbox/loadable.ts";

const sets = new WeakMap<Registry, ProviderSet>();

export function providerSet(registry: Registry): ProviderSet {
  const known = sets.get(registry);
  if (known !== undefined) return known;
  const spec = registry.providers.map((provider) => ({
    name: provider.name,
    filename: provider.script.filename,
    code: provider.script.code,
    style: provider.script.style,
    modules: moduleCode(provider.script),
    properties: Object.fromEntries(provider.properties.map(({ name, values }) => [name, values])),
    secrets: provider.properties.filter(({ secret }) => secret).map(({ name }) => name),
    verifies: provider.exports.has("verify") && provider.verification !== "off",
  }));
  const set = {
    key: keyOf(spec),
    spec,
    sources: registry.providers.map(({ script }) => script),
  };
  sets.set(registry, set);
  return set;
}

/**
 * The mode in force. `auto` only reports while there is no secret, so that a first try works, and enforces from the
 * moment there is one. A provider that verifies without any secret property needs none.
 */
export function modeInForce(provider: Provider): Exclude<VerificationMode, "auto"> {
  if (!provider.exports.has("verify")) return "off";
  if (provider.verification !== "auto") return provider.verification;
  const secrets = provider.properties.filter(({ secret }) => secret);
  return secrets.length === 0 || secrets.some(({ values }) => values.length > 0)
    ? "enforce"
    : "report";
}
