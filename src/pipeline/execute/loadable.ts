import type { WebhookFunction } from "../../model/definition.ts";
import type { Registry } from "../../registry/registry.ts";
import { keyOf, type LoadableFunction } from "../../sandbox/main/loadable.ts";
import { moduleCode } from "../../sandbox/script/link-script.ts";

const loadables = new WeakMap<Registry, Map<string, LoadableFunction>>();

/** A function as the sandbox loads it, with its provider's properties. Built once per registry. */
export function loadable(registry: Registry, fn: WebhookFunction): LoadableFunction {
  const known = loadables.get(registry) ?? new Map<string, LoadableFunction>();
  loadables.set(registry, known);
  const built = known.get(fn.name) ?? buildLoadable(registry, fn);
  known.set(fn.name, built);
  return built;
}

function buildLoadable(
  registry: Registry,
  { script, provider, limits, isolation, numbers }: WebhookFunction,
): LoadableFunction {
  const properties = registry.providers.find(({ name }) => name === provider)?.properties ?? [];
  const spec = {
    filename: script.filename,
    code: script.code,
    style: script.style,
    modules: moduleCode(script),
    properties: Object.fromEntries(properties.map(({ name, values }) => [name, values])),
    secrets: properties.filter(({ secret }) => secret).map(({ name }) => name),
    limits,
    isolation,
    numbers,
  };
  return { key: keyOf(spec), spec, source: script };
}
