/**
 * Names of headers whose values prove who a sender is, beside those that look like it: what providers declare, and what
 * their scripts were seen to verify with.
 */
import type { Registry } from "./registry.ts";

export interface SecretHeaders {
  /** In lower case. */
  readonly of: (registry: Registry) => ReadonlySet<string>;
  /** A script has verified a message with these. `teacher`: the provider or function it belongs to. */
  readonly learn: (names: readonly string[], teacher: string) => void;
}

/** Enough for every sender there is. */
const MAX_LEARNED = 500;
/** From one provider or function, since the start: its script may make up as many as it likes, and others need room too. */
const MAX_TAUGHT = 20;

/** `keep` is asked once for every name that is new. */
export function secretHeaders(
  learned: readonly string[],
  keep: (name: string) => void,
): SecretHeaders {
  const all = new Set(learned);
  const taught = new Map<string, number>();
  let joined = new WeakMap<Registry, ReadonlySet<string>>();
  return {
    of: (registry) => {
      const known = joined.get(registry);
      if (known !== undefined) return known;
      const names = registry.secretHeaders.union(all);
      joined.set(registry, names);
      return names;
    },
    learn: (names, teacher) => {
      for (const name of names) {
        const count = taught.get(teacher) ?? 0;
        if (all.has(name) || all.size >= MAX_LEARNED || count >= MAX_TAUGHT) continue;
        taught.set(teacher, count + 1);
        all.add(name);
        joined = new WeakMap();
        keep(name);
      }
    },
  };
}

/** What is only tried uses what is known, and leaves nothing behind. */
export const readOnlySecretHeaders = ({ of }: SecretHeaders): SecretHeaders => ({
  of,
  learn: () => undefined,
});

/** Where nothing is remembered. */
export const DECLARED_HEADERS: SecretHeaders = {
  of: (registry) => registry.secretHeaders,
  learn: () => undefined,
};
