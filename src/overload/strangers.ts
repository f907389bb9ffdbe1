/**
 * Limits how much strangers can use up. A message is a stranger's if it matched no provider, or if no function runs on
 * it and its verification did not succeed. These messages have their own rate limit and their own space in the log, so
 * that they displace no real ones. Only matching shows whose a message is, so a real message is not refused because of
 * earlier ones from its address. There is one exception: an address that exceeds its rate, and from which no real
 * message has come for a day, is limited to that rate.
 */
import { type Decision, isFromStranger, strangerBytes } from "../model/decision.ts";
import type { Message } from "../model/message.ts";
import { senderKey } from "../model/remote-address.ts";
import { RateLimit } from "./rate-limit.ts";
import { type RefusalDeps, Refusals } from "./refusal.ts";

/** 0 switches a limit off. */
export interface StrangerLimits {
  /** Messages of strangers per minute from one address. */
  readonly strangerRate: number;
  /** Bytes that messages of strangers may take in the log. */
  readonly strangerBytes: number;
}

export interface StrangerDeps extends RefusalDeps {
  readonly limits: StrangerLimits;
  /** Bytes that their messages take at the start, counted from the rows. */
  readonly storedBytes: number;
  /** Addresses that real messages came from within the last day, read from the rows. */
  readonly knownAddresses: readonly string[];
}

const DAY_MS = 86_400_000;
/**
 * Matching an ordinary message takes less CPU time than this. A stranger's message counts as one more for each such
 * amount that it takes.
 */
const MATCH_MS = 25;
/** How precisely the time of an address's last real message is known. */
const NOTE_EVERY_MS = 60_000;
const MAX_KNOWN = 10_000;
const RETRY_AFTER_MS = 60_000;
/**
 * Above the limit, messages are removed down to the first share of it, and new ones are refused above the second:
 * messages that arrive during the removal fit between the two.
 */
const REMOVE_TO = 0.9;
const STORE_TO = 1.25;

export class Strangers {
  readonly #deps: StrangerDeps;
  readonly #refusals: Refusals;
  readonly #rate: RateLimit | undefined;
  /** When the last real message of an address came, the oldest first. */
  readonly #known = new Map<string, number>();
  #bytes: number;
  #onOverLimit: () => void = () => undefined;

  constructor(deps: StrangerDeps) {
    this.#deps = deps;
    this.#refusals = new Refusals(deps);
    const { strangerRate } = deps.limits;
    this.#rate =
      strangerRate > 0 ? new RateLimit(strangerRate, () => performance.now()) : undefined;
    this.#bytes = deps.storedBytes;
    for (const address of deps.knownAddresses) this.#noteKnown(senderKey(address));
  }

  /** Bytes that their messages take in the log. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes to remove when the limit is exceeded. */
  get excess(): number {
    const { strangerBytes: limit } = this.#deps.limits;
    return limit === 0 ? 0 : Math.max(0, this.#bytes - limit * REMOVE_TO);
  }

  get isOverLimit(): boolean {
    const { strangerBytes: limit } = this.#deps.limits;
    return limit > 0 && this.#bytes > limit;
  }

  /** `listener` is called when their messages exceed the limit. */
  onOverLimit(listener: () => void): void {
    this.#onOverLimit = listener;
  }

  /** Called before a request is read. Throws `rate_limited`. */
  enter(address: string): void {
    if (this.#rate === undefined) return;
    const key = senderKey(address);
    const waitMs = this.#rate.waitMs(key);
    if (waitMs > 0 && !this.#isKnown(key)) throw this.#tooMany(address, waitMs);
  }

  /** Called before a message is stored. Throws `rate_limited` or `overloaded`. A resubmission is never refused. */
  judge(message: Message, decision: Decision): void {
    const waitMs = this.#charge(message, decision);
    if (waitMs > 0) throw this.#tooMany(message.remoteAddress, waitMs);
    if (message.resubmission !== undefined || !isFromStranger(decision)) return;
    const { strangerBytes: limit } = this.#deps.limits;
    if (limit > 0 && this.#bytes > limit * STORE_TO) {
      const detail = "too many requests have come in that match no function or fail verification";
      throw this.#refusals.make("stranger_bytes", detail, RETRY_AFTER_MS);
    }
  }

  /** Called for a decision about a message that is stored already. */
  storedBefore(message: Message, decision: Decision): void {
    this.#charge(message, decision);
    this.stored(message, decision);
  }

  stored(message: Message, decision: Decision): void {
    this.#bytes += strangerBytes(message, decision) ?? 0;
    if (this.isOverLimit) this.#onOverLimit();
  }

  removed(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Charges the sender's allowance. Milliseconds until there is allowance; 0 if there was. */
  #charge({ remoteAddress, resubmission }: Message, decision: Decision): number {
    if (this.#rate === undefined || resubmission !== undefined) return 0;
    const key = senderKey(remoteAddress);
    if (!isFromStranger(decision)) {
      this.#noteKnown(key);
      return 0;
    }
    const isCostly = decision.matchMs !== undefined && !this.#isKnown(key);
    return this.#rate.take(key, isCostly ? 1 + Math.floor(decision.matchMs / MATCH_MS) : 1);
  }

  #tooMany(address: string, waitMs: number) {
    const detail = `more than ${this.#deps.limits.strangerRate} requests a minute came from your address that match no function or fail verification`;
    return this.#refusals.make("stranger_rate", detail, waitMs, { address });
  }

  #isKnown(key: string): boolean {
    const at = this.#known.get(key);
    return at !== undefined && performance.now() - at < DAY_MS;
  }

  #noteKnown(key: string): void {
    const now = performance.now();
    if (now - (this.#known.get(key) ?? Number.NEGATIVE_INFINITY) < NOTE_EVERY_MS) return;
    this.#known.delete(key);
    this.#known.set(key, now);
    if (this.#known.size <= MAX_KNOWN) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
