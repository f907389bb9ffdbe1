/** Who comes in: asked before a body is read, so that what cannot be kept costs next to nothing. */
import type { HookyardError } from "../errors.ts";
import { warnSparingly } from "../logger.ts";
import { senderKey } from "../model/remote-address.ts";
import type { BacklogSize } from "./backlog.ts";
import { RateLimit } from "./rate-limit.ts";
import { type OverloadReason, type RefusalSurroundings, Refusals } from "./refusal.ts";

/** 0 switches a limit off. */
export interface GateLimits {
  readonly maxBacklog: number;
  readonly maxBacklogBytes: number;
  readonly maxBacklogAgeSeconds: number;
  readonly minFreeDiskBytes: number;
  readonly maxReceivingBytes: number;
  /** Requests a minute from one address. */
  readonly senderRate: number;
}

export interface GateSurroundings extends RefusalSurroundings {
  readonly limits: GateLimits;
  readonly backlog: BacklogSize;
  /** Since when the execution or decision that has waited longest could be had, in milliseconds since the epoch; undefined when none waits. */
  readonly waitingSince: () => number | undefined;
  /** Throws when it cannot be told. */
  readonly freeDiskBytes: () => number;
  readonly now: () => number;
}

/** How old the figures may be that a request is judged by. */
const MEASURE_EVERY_MS = 1000;
const RETRY_AFTER_MS = 10_000;

type Level = readonly [OverloadReason, detail: string];

export class Gate {
  readonly #around: GateSurroundings;
  readonly #refusals: Refusals;
  readonly #senders: RateLimit | undefined;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #measured: Level | undefined;
  #receiving = 0;

  constructor(around: GateSurroundings) {
    this.#around = around;
    this.#refusals = new Refusals(around);
    const { senderRate } = around.limits;
    this.#senders = senderRate > 0 ? new RateLimit(senderRate, () => performance.now()) : undefined;
  }

  /** Throws `rate_limited` or `overloaded`. What is returned has to be disposed of once the message is stored or refused. */
  enter(address: string): Passage {
    const waitMs = this.#senders?.take(senderKey(address)) ?? 0;
    if (waitMs > 0) {
      const detail = `more than ${this.#around.limits.senderRate} requests a minute came from your address`;
      throw this.#refusals.make("sender_rate", detail, waitMs, { address });
    }
    const [reason, detail] = this.#full() ?? [];
    if (reason !== undefined && detail !== undefined)
      throw this.#refusals.make(reason, detail, RETRY_AFTER_MS);
    return new Passage((bytes) => this.#receive(bytes));
  }

  /** Why nobody is let in now; undefined when somebody would be. */
  get problem(): string | undefined {
    return this.#full()?.[1];
  }

  /** Bytes of bodies that have come in and are not stored yet. */
  get receivingBytes(): number {
    return this.#receiving;
  }

  #full(): Level | undefined {
    const { limits, backlog } = this.#around;
    if (isOver(backlog.count, limits.maxBacklog))
      return ["backlog", "too many messages wait to be worked off"];
    if (isOver(backlog.bytes, limits.maxBacklogBytes))
      return ["backlog_bytes", "the messages that wait to be worked off are too large together"];
    const at = performance.now();
    if (at - this.#measuredAt >= MEASURE_EVERY_MS) {
      this.#measuredAt = at;
      this.#measured = this.#measure();
    }
    return this.#measured;
  }

  #measure(): Level | undefined {
    const { limits, waitingSince, now } = this.#around;
    if (limits.minFreeDiskBytes > 0 && this.#freeDiskBytes() < limits.minFreeDiskBytes)
      return ["disk", "there is too little room left to store messages"];
    if (limits.maxBacklogAgeSeconds === 0) return undefined;
    const since = waitingSince();
    return since !== undefined && isOver((now() - since) / 1000, limits.maxBacklogAgeSeconds)
      ? ["backlog_age", "messages have waited too long to be worked off"]
      : undefined;
  }

  /** What cannot be told refuses nobody: whether there is room shows when a message is stored. */
  #freeDiskBytes(): number {
    try {
      return this.#around.freeDiskBytes();
    } catch (err) {
      warnSparingly(this.#around.log, "disk", { err }, "the free room on the disk cannot be told");
      return Number.POSITIVE_INFINITY;
    }
  }

  /** The first bytes to come in always may, or a large body never could. */
  #receive(bytes: number): HookyardError | undefined {
    const { maxReceivingBytes } = this.#around.limits;
    const before = this.#receiving;
    if (bytes > 0 && before > 0 && maxReceivingBytes > 0 && before + bytes > maxReceivingBytes) {
      const detail = "too much is being received at once";
      return this.#refusals.make("receiving", detail, RETRY_AFTER_MS);
    }
    this.#receiving += bytes;
    return undefined;
  }
}

const isOver = (value: number, limit: number): boolean => limit > 0 && value >= limit;

/** One request on its way in, and the memory its body takes. */
export class Passage implements Disposable {
  readonly #receive: (bytes: number) => HookyardError | undefined;
  #held = 0;

  constructor(receive: (bytes: number) => HookyardError | undefined) {
    this.#receive = receive;
  }

  /** To be told of bytes that came in. An error when there is no room for them: they are not to be kept. */
  received(bytes: number): HookyardError | undefined {
    const refused = this.#receive(bytes);
    if (refused === undefined) this.#held += bytes;
    return refused;
  }

  [Symbol.dispose](): void {
    this.#receive(-this.#held);
    this.#held = 0;
  }
}
