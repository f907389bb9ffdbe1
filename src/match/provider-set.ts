/** The match scripts of a registry as the sandbox loads them: put together once per registry. */
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
