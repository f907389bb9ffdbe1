/**
 * Stored match traces. Thousands of messages share one order of providers, so the order is stored once in the
 * `match_order` table and messages refer to it. The reason of a skipped provider is not stored: it is derived from the
 * request and the provider's version when the trace is read.
 */
import { createHash } from "node:crypto";
import type { TraceEntry } from "../../model/decision.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { PassedOverReasons, type StoredHead } from "./passed-over-reasons.ts";

/** Precision of `used_at` of an order. */
const TOUCHED_MS = 24 * 60 * 60 * 1000;
/** Orders whose digests are cached: each set of providers has one order per place at which a script can match. */
const MAX_CACHED = 1000;

type MatchOrder = readonly (readonly [provider: string, version: string])[];
/** Fields of an entry besides its duration. */
type EntryFields = Omit<
  TraceEntry,
  "provider" | "version" | "matched" | "durationMs" | "passedOver"
>;

interface StoredTrace {
  readonly order: string;
  /** Durations of the scripts that ran. */
  readonly ms: readonly number[];
  /** The places of these scripts in the order; absent when no provider was skipped. */
  readonly at?: readonly number[];
  /** Whether the last script matched: no other can have. */
  readonly matched: boolean;
  /** By place in the order; only for scripts with further fields. */
  readonly said?: Readonly<Record<string, EntryFields>>;
}

export class TraceTable {
  readonly #usedAt;
  readonly #put;
  readonly #forget;
  readonly #orderOf;
  readonly #reasons: PassedOverReasons;
  readonly #ids = new Map<string, string>();

  constructor(sqlite: Sqlite) {
    this.#reasons = new PassedOverReasons(sqlite);
    this.#usedAt = sqlite
      .prepare<[string], number>("SELECT used_at FROM match_order WHERE id = ?")
      .pluck();
    this.#put = sqlite.prepare<{ id: string; asked: string; now: number }>(
      `INSERT INTO match_order (id, asked, used_at) VALUES (:id, :asked, :now)
       ON CONFLICT (id) DO UPDATE SET used_at = :now`,
    );
    // The order of a stored message was used at most a day before that message came.
    this.#forget = sqlite.prepare<[number]>(
      `DELETE FROM match_order
       WHERE used_at < coalesce((SELECT received_at FROM message ORDER BY id LIMIT 1), ?) - 2 * ${TOUCHED_MS}`,
    );
    this.#orderOf = sqlite
      .prepare<[string], string>("SELECT asked FROM match_order WHERE id = ?")
      .pluck();
  }

  /**
   * Stores the order of a trace, and returns the text for the message's row. `now` is in milliseconds since the epoch.
   */
  put(trace: readonly TraceEntry[], now: number): string {
    const order = this.#idOf(trace);
    const usedAt = this.#usedAt.get(order);
    if (usedAt === undefined || now - usedAt > TOUCHED_MS) {
      const providers: MatchOrder = trace.map(({ provider, version }) => [provider, version]);
      this.#put.run({ id: order, asked: JSON.stringify(providers), now });
      this.#forget.run(now);
    }
    return JSON.stringify(storedTrace(order, trace));
  }

  /** `request` is the message of the trace. */
  read(text: string, request: StoredHead): readonly TraceEntry[] {
    const stored: StoredTrace | readonly TraceEntry[] = JSON.parse(text);
    // An old row, stored before orders were kept apart.
    if (!("order" in stored)) return stored;
    const { order, matched } = stored;
    const providers: MatchOrder = JSON.parse(this.#orderOf.get(order) ?? "[]");
    const reasonOf = this.#reasons.for(request);
    const entryOf = entriesOf(stored);
    return providers.map(([provider, version], place) => ({
      provider,
      version,
      matched: matched && place === providers.length - 1,
      ...(entryOf(place) ?? { durationMs: 0, passedOver: reasonOf(provider, version) }),
    }));
  }

  /** The id is a digest of the content: after a rolled-back commit it cannot name another order. */
  #idOf(trace: readonly TraceEntry[]): string {
    let key = "";
    for (const { provider, version } of trace) key += `${provider} ${version}\n`;
    const cached = this.#ids.get(key);
    if (cached !== undefined) return cached;
    const id = createHash("sha256").update(key).digest("base64url").slice(0, 16);
    if (this.#ids.size === MAX_CACHED) this.#ids.clear();
    this.#ids.set(key, id);
    return id;
  }
}

function storedTrace(order: string, trace: readonly TraceEntry[]): StoredTrace {
  const said: Record<string, EntryFields> = {};
  const ms: number[] = [];
  const at: number[] = [];
  for (const [place, entry] of trace.entries()) {
    const { provider: _p, version: _v, matched: _m, durationMs, passedOver, ...rest } = entry;
    if (passedOver !== undefined) continue;
    ms.push(durationMs);
    at.push(place);
    if (Object.keys(rest).length > 0) said[place] = rest;
  }
  const matched = trace.at(-1)?.matched === true;
  return {
    order,
    ms,
    ...(at.length === trace.length ? {} : { at }),
    matched,
    ...(Object.keys(said).length === 0 ? {} : { said }),
  };
}

/** Looks up the stored fields of the entry at a place; undefined when its provider was skipped. */
function entriesOf({ ms, at, said }: StoredTrace) {
  const indexes = at && new Map(at.map((place, index) => [place, index]));
  return (place: number): (EntryFields & { readonly durationMs: number }) | undefined => {
    const index = indexes === undefined ? place : indexes.get(place);
    return index === undefined ? undefined : { durationMs: ms[index] ?? 0, ...said?.[place] };
  };
}
