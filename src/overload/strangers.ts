/**
 * What strangers may take: messages that nobody vouches for and on which nothing runs have a rate and a room of their
 * own, so that they push nothing real out. Who is one shows only once a message was matched, so a real message is never
 * refused for what came before it from the same address, with one exception: an address from which nothing real has come
 * for a day, and which is past its rate, is let in no faster than that rate.
 */
import { type Decision, isStrange, strangerBytes } from "../model/decision.ts";
import type { Message } from "../model/message.ts";
import { senderKey } from "../model/remote-address.ts";
import { RateLimit } from "./rate-limit.ts";
import { type RefusalDeps, Refusals } from "./refusal.ts";

/** 0 switches a limit off. */
export interface StrangerLimits {
  /** Messages of strangers a minute from one address. */
  readonly strangerRate: number;
  /** Bytes that messages of strangers may take in the log. */
  readonly strangerBytes: number;
}

export interface StrangerDeps extends RefusalDeps {
  readonly limits: StrangerLimits;
  /** What their messages take at the start, by the rows. */
  readonly storedBytes: number;
  /** Where real messages came from within the last day, by the rows. */
  readonly knownAddresses: readonly string[];
}

const DAY_MS = 86_400_000;
/** CPU time of matching that an ordinary message does not need; each time it was used, the message counts as one more. */
const MATCH_MS = 25;
/** How exactly the last real message of an address is known. */
const NOTE_EVERY_MS = 60_000;
const MAX_KNOWN = 10_000;
const RETRY_AFTER_MS = 60_000;
/** Removing goes on to this share of the room, and storing to that: between the two is what comes in meanwhile. */
const REMOVE_TO = 0.9;
const STORE_TO = 1.25;

export class Strangers {
  readonly #deps: StrangerDeps;
  readonly #refusals: Refusals;
  readonly #rate: RateLimit | undefined;
  /** When something real came from an address, the longest unheard of first. */
  readonly #known = new Map<string, number>();
  #bytes: number;
  #onTooMuch: () => void = () => undefined;

  constructor(deps: StrangerDeps) {
    this.#deps = deps;
    this.#refusals = new Refusals(deps);
    const { strangerRate } = deps.limits;
    this.#rate =
      strangerRate > 0 ? new RateLimit(strangerRate, () => performance.now()) : undefined;
    this.#bytes = deps.storedBytes;
    for (const address of deps.knownAddresses) this.#know(senderKey(address));
  }

  /** What their messages take in the log. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How much of that is to be removed when it is too much. */
  get excess(): number {
    const { strangerBytes: room } = this.#deps.limits;
    return room === 0 ? 0 : Math.max(0, this.#bytes - room * REMOVE_TO);
  }

  get isTooMuch(): boolean {
    const { strangerBytes: room } = this.#deps.limits;
    return room > 0 && this.#bytes > room;
  }

  /** `listener` is called when there is more than there is room for. */
  whenTooMuch(listener: () => void): void {
    this.#onTooMuch = listener;
  }

  /** Before anything is read. Throws `rate_limited`. */
  enter(address: string): void {
    if (this.#rate === undefined) return;
    const key = senderKey(address);
    const waitMs = this.#rate.waitMs(key);
    if (waitMs > 0 && !this.#isKnown(key)) throw this.#tooMany(address, waitMs);
  }

  /** Before a message is stored. Throws `rate_limited` or `overloaded`; what an operator submits again is never refused. */
  judge(message: Message, decision: Decision): void {
    const waitMs = this.#charge(message, decision);
    if (waitMs > 0) throw this.#tooMany(message.remoteAddress, waitMs);
    if (message.resubmission !== undefined || !isStrange(decision)) return;
    const { strangerBytes: room } = this.#deps.limits;
    if (room > 0 && this.#bytes > room * STORE_TO) {
      const detail = "too many requests that belong to nobody here have come in";
      throw this.#refusals.make("stranger_bytes", detail, RETRY_AFTER_MS);
    }
  }

  /** The decision came when the message was stored already. */
  storedBefore(message: Message, decision: Decision): void {
    this.#charge(message, decision);
    this.stored(message, decision);
  }

  stored(message: Message, decision: Decision): void {
    this.#bytes += strangerBytes(message, decision) ?? 0;
    if (this.isTooMuch) this.#onTooMuch();
  }

  removed(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Milliseconds until there is allowance for it; 0 when there was. */
  #charge({ remoteAddress, resubmission }: Message, decision: Decision): number {
    if (this.#rate === undefined || resubmission !== undefined) return 0;
    const key = senderKey(remoteAddress);
    if (!isStrange(decision)) {
      this.#know(key);
      return 0;
    }
    const isCostly = decision.matchMs !== undefined && !this.#isKnown(key);
    return this.#rate.take(key, isCostly ? 1 + Math.floor(decision.matchMs / MATCH_MS) : 1);
  }

  #tooMany(address: string, waitMs: number) {
    const detail = `more than ${this.#deps.limits.strangerRate} requests a minute that belong to nobody here came from your address`;
    return this.#refusals.make("stranger_rate", detail, waitMs, { address });
  }

  #isKnown(key: string): boolean {
    const at = this.#known.get(key);
    return at !== undefined && performance.now() - at < DAY_MS;
  }

  #know(key: string): void {
    const now = performance.now();
    if (now - (this.#known.get(key) ?? Number.NEGATIVE_INFINITY) < NOTE_EVERY_MS) return;
    this.#known.delete(key);
    this.#known.set(key, now);
    if (this.#known.size <= MAX_KNOWN) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
