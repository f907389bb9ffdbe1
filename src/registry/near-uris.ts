/** The nearest URIs of functions for an unmatched message, cached for each registry. */
import { MAX_CHARACTERS, type NearUri, nearestUris } from "../model/nearest-uri.ts";
import type { Registry } from "./registry.ts";

/** Senders with a wrong URI repeat it. The cache is cleared when full. */
const MAX_KEPT = 256;

interface Known {
  readonly uris: readonly NearUri[];
  readonly found: Map<string, readonly NearUri[]>;
}
const known = new WeakMap<Registry, Known>();

/** URIs of `provider`, if it matched, come first; then those of other active providers. */
export function nearUris(registry: Registry, uri: string, provider?: string): readonly NearUri[] {
  // Neither compared nor cached, because its sender chooses its length.
  if (uri.length > MAX_CHARACTERS) return [];
  const { uris, found } = knownOf(registry);
  const key = `${provider ?? ""} ${uri}`;
  const before = found.get(key);
  if (before !== undefined) return before;
  if (found.size >= MAX_KEPT) found.clear();
  const own = uris.filter((one) => one.provider === provider);
  const nearOwn = nearestUris(uri, own);
  const near = nearOwn.length > 0 ? nearOwn : nearestUris(uri, uris);
  found.set(key, near);
  return near;
}

function knownOf(registry: Registry): Known {
  const before = known.get(registry);
  if (before !== undefined) return before;
  const active = new Set(registry.providers.map(({ name }) => name));
  const uris = [...registry.functions.values()]
    .filter((fn) => fn.active && active.has(fn.provider))
    .map(({ provider, uri }) => ({ provider, uri }));
  const made = { uris, found: new Map<string, readonly NearUri[]>() };
  known.set(registry, made);
  return made;
}
