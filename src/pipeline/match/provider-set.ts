/** The match scripts of a registry as the sandbox loads them. Built once per registry. */
import type { Provider } from "../../model/definition.ts";
import type { Registry } from "../../registry/registry.ts";
import { keyOf, type LoadableMatchScript, type ProviderSet } from "../../sandbox/main/loadable.ts";
import { moduleCode } from "../../sandbox/script/link-script.ts";

const sets = new WeakMap<Registry, ProviderSet>();

export function providerSet(registry: Registry): ProviderSet {
  const known = sets.get(registry);
  if (known !== undefined) return known;
  const set = registry.providers.map(loadableOf);
  sets.set(registry, set);
  return set;
}

function loadableOf({
  name,
  script,
  properties,
  exports,
  verification,
  numbers,
}: Provider): LoadableMatchScript {
  const spec = {
    name,
    filename: script.filename,
    code: script.code,
    style: script.style,
    numbers,
    modules: moduleCode(script),
    properties: Object.fromEntries(properties.map((one) => [one.name, one.values])),
    secrets: properties.filter(({ secret }) => secret).map((one) => one.name),
    verifies: exports.has("verify") && verification !== "off",
  };
  return { key: keyOf(spec), spec, source: script };
}
