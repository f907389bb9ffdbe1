/**
 * Match traces as they are stored. Which scripts were asked in which order is the same for thousands of messages: it is
 * kept once, in the `match_order` table, and a message refers to it.
 */
import { createHash } from "node:crypto";
import type { TraceEntry } from "../model/decision.ts";
import type { Sqlite } from "./database.ts";

/** How exactly it is kept when an order was last used. */
const TOUCHED_MS = 24 * 60 * 60 * 1000;
/** Orders whose digests are remembered: each set of providers has as many as there are places to match at. */
const MAX_REMEMBERED = 1000;

type Asked = readonly (readonly [provider: string, version: string])[];
/** What an entry says beside the time it took. */
type Said = Omit<TraceEntry, "provider" | "version" | "matched" | "durationMs">;

interface StoredTrace {
  readonly order: string;
  /** One number per script that was asked. */
  readonly ms: readonly number[];
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
  readonly #ids = new Map<string, string>();

  constructor(sqlite: Sqlite) {
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

  read(text: string): readonly TraceEntry[] {
    const stored: StoredTrace | readonly TraceEntry[] = JSON.parse(text);
    // As it was stored before there were orders.
    if (!("order" in stored)) return stored;
    const { order, ms, matched, said } = stored;
    const asked: Asked = JSON.parse(this.#asked.get(order) ?? "[]");
    return asked.map(([provider, version], index) => ({
      provider,
      version,
      matched: matched && index === asked.length - 1,
      durationMs: ms[index] ?? 0,
      ...said?.[index],
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
  for (const [index, entry] of trace.entries()) {
    const { provider: _p, version: _v, matched: _m, durationMs: _d, ...rest } = entry;
    if (Object.keys(rest).length > 0) said[index] = rest;
  }
  const ms = trace.map(({ durationMs }) => durationMs);
  const matched = trace.at(-1)?.matched === true;
  return { order, ms, matched, ...(Object.keys(said).length === 0 ? {} : { said }) };
}
