/**
 * Match traces as they are stored. The order of the providers is the same for thousands of messages: it is kept once, in
 * the `match_order` table, and a message refers to it. Why a provider was passed over is not kept at all: it follows
 * from the request and the version of the provider, and is worked out when the trace is read.
 */
import { createHash } from "node:crypto";
import type { TraceEntry } from "../../model/decision.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { PassedOverReasons, type StoredHead } from "./passed-over-reasons.ts";

/** How exactly it is kept when an order was last used. */
const TOUCHED_MS = 24 * 60 * 60 * 1000;
/** Orders whose digests are remembered: each set of providers has as many as there are places to match at. */
const MAX_REMEMBERED = 1000;

type Asked = readonly (readonly [provider: string, version: string])[];
/** What an entry says beside the time it took. */
type Said = Omit<TraceEntry, "provider" | "version" | "matched" | "durationMs" | "passedOver">;

interface StoredTrace {
  readonly order: string;
  /** One number per script that was asked. */
  readonly ms: readonly number[];
  /** The places of those in the order; absent when no provider was passed over. */
  readonly at?: readonly number[];
  /** Whether the last one matched: no other can have. */
  readonly matched: boolean;
  /** By place in the order, of those that said anything. */
  readonly said?: Readonly<Record<string, Said>>;
}

export class TraceTable {
  readonly #usedAt;
  readonly #put;
  readonly #forget;
  readonly #asked;
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
    // One that a stored message refers to was used at most a day before that message came.
    this.#forget = sqlite.prepare<[number]>(
      `DELETE FROM match_order
       WHERE used_at < coalesce((SELECT received_at FROM message ORDER BY id LIMIT 1), ?) - 2 * ${TOUCHED_MS}`,
    );
    this.#asked = sqlite
      .prepare<[string], string>("SELECT asked FROM match_order WHERE id = ?")
      .pluck();
  }

  /** Keeps the order of a trace and returns what the message's row holds. `now` is in milliseconds since the epoch. */
  put(trace: readonly TraceEntry[], now: number): string {
    const order = this.#idOf(trace);
    const usedAt = this.#usedAt.get(order);
    if (usedAt === undefined || now - usedAt > TOUCHED_MS) {
      const asked: Asked = trace.map(({ provider, version }) => [provider, version]);
      this.#put.run({ id: order, asked: JSON.stringify(asked), now });
      this.#forget.run(now);
    }
    return JSON.stringify(storedTrace(order, trace));
  }

  /** `request` is the message the trace is of. */
  read(text: string, request: StoredHead): readonly TraceEntry[] {
    const stored: StoredTrace | readonly TraceEntry[] = JSON.parse(text);
    // As it was stored before there were orders.
    if (!("order" in stored)) return stored;
    const { order, matched } = stored;
    const asked: Asked = JSON.parse(this.#asked.get(order) ?? "[]");
    const reasonOf = this.#reasons.for(request);
    const entryOf = entriesOf(stored);
    return asked.map(([provider, version], place) => ({
      provider,
      version,
      matched: matched && place === asked.length - 1,
      ...(entryOf(place) ?? { durationMs: 0, passedOver: reasonOf(provider, version) }),
    }));
  }

  /** By its content: whatever becomes of the commit, it is never the name of another. */
  #idOf(trace: readonly TraceEntry[]): string {
    let key = "";
    for (const { provider, version } of trace) key += `${provider} ${version}\n`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = createHash("sha256").update(key).digest("base64url").slice(0, 16);
    if (this.#ids.size === MAX_REMEMBERED) this.#ids.clear();
    this.#ids.set(key, id);
    return id;
  }
}

function storedTrace(order: string, trace: readonly TraceEntry[]): StoredTrace {
  const said: Record<string, Said> = {};
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

/** What is stored of the entry at a place; undefined when its provider was passed over. */
function entriesOf({ ms, at, said }: StoredTrace) {
  const indexes = at && new Map(at.map((place, index) => [place, index]));
  return (place: number): (Said & { readonly durationMs: number }) | undefined => {
    const index = indexes === undefined ? place : indexes.get(place);
    return index === undefined ? undefined : { durationMs: ms[index] ?? 0, ...said?.[place] };
  };
}
