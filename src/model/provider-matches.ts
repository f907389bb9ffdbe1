/** Which providers match a message, regardless of their order, and the counts over many messages. */

export interface ProviderMatches {
  /** In order of priority: the first one receives the message. */
  readonly providers: readonly string[];
  /** Match scripts that failed. */
  readonly faults: readonly { readonly provider: string; readonly message: string }[];
}

export interface ProviderCount {
  readonly provider: string;
  /** Requests that it receives: no provider before it matches them. */
  gets: number;
  /** Requests that it matches, but another provider receives. */
  misses: number;
  /** Requests on which its script failed. */
  faults: number;
}

export type MatchKind = "byNobody" | "byOne" | "bySeveral";

export class MatchCounts {
  readonly totals: Record<"requests" | MatchKind, number> = {
    requests: 0,
    byNobody: 0,
    byOne: 0,
    bySeveral: 0,
  };
  readonly #providers: ReadonlyMap<string, ProviderCount>;

  /** `names` in order of priority. */
  constructor(names: readonly string[]) {
    this.#providers = new Map(
      names.map((provider) => [provider, { provider, gets: 0, misses: 0, faults: 0 }]),
    );
  }

  /** In order of priority. */
  get providers(): readonly ProviderCount[] {
    return [...this.#providers.values()];
  }

  add(matches: ProviderMatches): void {
    const [first, ...others] = matches.providers;
    this.totals.requests += 1;
    this.totals[matchKind(matches)] += 1;
    this.#count(first, "gets");
    for (const provider of others) this.#count(provider, "misses");
    for (const { provider } of matches.faults) this.#count(provider, "faults");
  }

  #count(provider: string | undefined, what: "gets" | "misses" | "faults"): void {
    const own = this.#providers.get(provider ?? "");
    if (own !== undefined) own[what] += 1;
  }
}

export function matchKind({
  providers: { length },
}: Pick<ProviderMatches, "providers">): MatchKind {
  if (length === 0) return "byNobody";
  return length === 1 ? "byOne" : "bySeveral";
}
