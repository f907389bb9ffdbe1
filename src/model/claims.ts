/** Who would claim a message, were it not for the order, and how that adds up over many messages. */

export interface Claims {
  /** In the order in which they are asked: the first is the one that gets it. */
  readonly providers: readonly string[];
  /** Scripts that said neither yes nor no. */
  readonly faults: readonly { readonly provider: string; readonly message: string }[];
}

export interface ProviderCount {
  readonly provider: string;
  /** Requests it gets: no other that claims them is asked before it. */
  gets: number;
  /** Requests it claims, and another gets. */
  misses: number;
  /** Requests over which its script failed. */
  faults: number;
}

export type ClaimKind = "byNobody" | "byOne" | "bySeveral";

export class ClaimCounts {
  readonly totals: Record<"requests" | ClaimKind, number> = {
    requests: 0,
    byNobody: 0,
    byOne: 0,
    bySeveral: 0,
  };
  readonly #providers: ReadonlyMap<string, ProviderCount>;

  /** `names` in the order in which they are asked. */
  constructor(names: readonly string[]) {
    this.#providers = new Map(
      names.map((provider) => [provider, { provider, gets: 0, misses: 0, faults: 0 }]),
    );
  }

  /** In the order in which they are asked. */
  get providers(): readonly ProviderCount[] {
    return [...this.#providers.values()];
  }

  add(claims: Claims): void {
    const [first, ...others] = claims.providers;
    this.totals.requests += 1;
    this.totals[claimKind(claims)] += 1;
    this.#count(first, "gets");
    for (const provider of others) this.#count(provider, "misses");
    for (const { provider } of claims.faults) this.#count(provider, "faults");
  }

  #count(provider: string | undefined, what: "gets" | "misses" | "faults"): void {
    const own = this.#providers.get(provider ?? "");
    if (own !== undefined) own[what] += 1;
  }
}

export function claimKind({ providers: { length } }: Pick<Claims, "providers">): ClaimKind {
  if (length === 0) return "byNobody";
  return length === 1 ? "byOne" : "bySeveral";
}
