/** What is installed, as one frozen value: replaced as a whole when files change, so that nobody sees half a change. */
import type { Provider, WebhookFunction } from "../model/definition.ts";
import { matchUri } from "../model/uri.ts";

export interface Fitting {
  readonly fn: WebhookFunction;
  readonly params: Readonly<Record<string, string>>;
}

export interface Registry {
  /** Active ones, in the order in which they are asked. */
  readonly providers: readonly Provider[];
  /** Inactive ones too: executions owed to them are still shown and run. */
  readonly functions: ReadonlyMap<string, WebhookFunction>;
  /** Names, in lower case, of headers whose values prove who a sender is, beside those that look like it. */
  readonly secretHeaders: ReadonlySet<string>;
  /** Every active function of the provider whose URI or pattern fits, by name. */
  readonly fitting: (provider: string, segments: readonly string[]) => readonly Fitting[];
}

export function createRegistry(
  providers: readonly Provider[],
  functions: readonly WebhookFunction[],
): Registry {
  const byProvider = Map.groupBy(
    functions.filter(({ active }) => active).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    ({ provider }) => provider,
  );
  const index = new Map([...byProvider].map(([provider, own]) => [provider, indexByUri(own)]));
  return Object.freeze({
    providers: providers
      .filter(({ active }) => active)
      .toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1)),
    functions: new Map(functions.map((fn) => [fn.name, fn])),
    secretHeaders: new Set(
      providers.flatMap(({ secretHeaders = [] }) =>
        secretHeaders.map((name) => name.toLowerCase()),
      ),
    ),
    fitting: (provider: string, segments: readonly string[]) =>
      index.get(provider)?.(segments) ?? [],
  });
}

const isPattern = (uri: string) => /(?:^|\/)(?:\*|:)/.test(uri);

/** Plain URIs are looked up, only patterns are tried: a thousand functions cost what ten do. */
function indexByUri(
  functions: readonly WebhookFunction[],
): (segments: readonly string[]) => readonly Fitting[] {
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
    const open = patterns.flatMap((fn) => {
      const params = matchUri(fn.uri, segments);
      return params === undefined ? [] : [{ fn, params }];
    });
    return [...exact, ...open];
  };
}
