/**
 * The installed definitions as one frozen value. A change replaces it as a whole, so that no reader sees half a change.
 */
import type { Provider, WebhookFunction } from "../model/definition.ts";
import { matchUri } from "../model/uri.ts";
import { proofNames } from "./proof-names.ts";

export interface Route {
  readonly fn: WebhookFunction;
  readonly params: Readonly<Record<string, string>>;
}

export interface Registry {
  /** Active providers, in order of priority. */
  readonly providers: readonly Provider[];
  /** All functions, including inactive ones, because their pending executions are still shown and run. */
  readonly functions: ReadonlyMap<string, WebhookFunction>;
  /**
   * Lower-case names of headers whose values prove who a sender is, besides those with a telling name: declared ones,
   * and those that scripts name in their checks.
   */
  readonly secretHeaders: ReadonlySet<string>;
  /** Every active function of the provider whose URI pattern matches, by name. */
  readonly routes: (provider: string, segments: readonly string[]) => readonly Route[];
}

export function createRegistry(
  providers: readonly Provider[],
  functions: readonly WebhookFunction[],
): Registry {
  const byProvider = Map.groupBy(
    functions.filter(({ active }) => active).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    ({ provider }) => provider,
  );
  const index = new Map(
    [...byProvider].map(([provider, functions]) => [provider, indexByUri(functions)]),
  );
  return Object.freeze({
    providers: providers
      .filter(({ active }) => active)
      .toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1)),
    functions: new Map(functions.map((fn) => [fn.name, fn])),
    secretHeaders: new Set([
      ...providers.flatMap(({ secretHeaders = [], script }) => [
        ...secretHeaders.map((name) => name.toLowerCase()),
        ...proofNames(script),
      ]),
      ...functions.flatMap(({ script }) => proofNames(script)),
    ]),
    routes: (provider: string, segments: readonly string[]) =>
      index.get(provider)?.(segments) ?? [],
  });
}

const isPattern = (uri: string) => /(?:^|\/)(?:\*|:)/.test(uri);

/** Looks up plain URIs in a map and tries only the patterns, so that a thousand functions cost as little as ten. */
function indexByUri(
  functions: readonly WebhookFunction[],
): (segments: readonly string[]) => readonly Route[] {
  const plain = Map.groupBy(
    functions.filter(({ uri }) => !isPattern(uri)),
    ({ uri }) => uri,
  );
  const patterns = functions.filter(({ uri }) => isPattern(uri));
  return (segments) => {
    // An escaped slash is part of its segment: `a%2Fb` is not `a/b`.
    const uri = segments.some((segment) => segment.includes("/")) ? undefined : segments.join("/");
    const exact = (uri === undefined ? [] : (plain.get(uri) ?? [])).map((fn) => ({
      fn,
      params: {},
    }));
    const byPattern = patterns.flatMap((fn) => {
      const params = matchUri(fn.uri, segments);
      return params === undefined ? [] : [{ fn, params }];
    });
    return [...exact, ...byPattern];
  };
}
