/**
 * Names of headers whose values prove who a sender is, besides those with a telling name: declared by providers, or
 * learned from the headers that their scripts verify with.
 */
import type { Registry } from "./registry.ts";

export interface SecretHeaders {
  /** In lower case. */
  readonly of: (registry: Registry) => ReadonlySet<string>;
  /** Learns the headers that a script verified a message with. `owner` is the provider or function of the script. */
  readonly learn: (names: readonly string[], owner: string) => void;
}

/** Enough for all known senders. */
const MAX_LEARNED = 500;
/**
 * Maximum number of names learned from one provider or function since the start: a script may invent any number, and
 * must leave room for others.
 */
const MAX_PER_OWNER = 20;

/** `keep` is called once for every new name. */
export function secretHeaders(
  learned: readonly string[],
  keep: (name: string) => void,
): SecretHeaders {
  const all = new Set(learned);
  const countByOwner = new Map<string, number>();
  let joined = new WeakMap<Registry, ReadonlySet<string>>();
  return {
    of: (registry) => {
      const known = joined.get(registry);
      if (known !== undefined) return known;
      const names = registry.secretHeaders.union(all);
      joined.set(registry, names);
      return names;
    },
    learn: (names, owner) => {
      for (const name of names) {
        const count = countByOwner.get(owner) ?? 0;
        if (all.has(name) || all.size >= MAX_LEARNED || count >= MAX_PER_OWNER) continue;
        countByOwner.set(owner, count + 1);
        all.add(name);
        joined = new WeakMap();
        keep(name);
      }
    },
  };
}

/** For trials: uses the known names, and learns none. */
export const readOnlySecretHeaders = ({ of }: SecretHeaders): SecretHeaders => ({
  of,
  learn: () => undefined,
});

/** Only the declared names; learns none. */
export const DECLARED_HEADERS: SecretHeaders = {
  of: (registry) => registry.secretHeaders,
  learn: () => undefined,
};
