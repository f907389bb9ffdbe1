/** Who comes in: asked before a body is read, so that what cannot be kept costs next to nothing. */
import type { HookyardError } from "../errors.ts";
import { warnSparingly } from "../logger.ts";
import { senderKey } from "../model/remote-address.ts";
import type { BacklogSize } from "./backlog.ts";
import { RateLimit } from "./rate-limit.ts";
import { Receiving, type ReceivingLimits } from "./receiving.ts";
import { type OverloadReason, type RefusalDeps, Refusals } from "./refusal.ts";
import type { Upload } from "./upload.ts";

/** 0 switches a limit off. */
export interface GateLimits extends ReceivingLimits {
  readonly maxBacklog: number;
  readonly maxBacklogBytes: number;
  readonly maxBacklogAgeSeconds: number;
  readonly minFreeDiskBytes: number;
  /** Requests a minute from one address. */
  readonly senderRate: number;
}

export interface GateDeps extends RefusalDeps {
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
  readonly #deps: GateDeps;
  readonly #refusals: Refusals;
  readonly #senders: RateLimit | undefined;
  readonly #receiving: Receiving;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #measured: Level | undefined;

  constructor(deps: GateDeps) {
    this.#deps = deps;
    this.#refusals = new Refusals(deps);
    this.#receiving = new Receiving(deps.limits, this.#refusals);
    const { senderRate } = deps.limits;
    this.#senders = senderRate > 0 ? new RateLimit(senderRate, () => performance.now()) : undefined;
  }

  /** Throws `rate_limited` or `overloaded`. What is returned has to be disposed of once the message is stored or refused. */
  enter(address: string): Upload {
    const key = senderKey(address);
    const waitMs = this.#senders?.take(key) ?? 0;
    if (waitMs > 0) {
      const detail = `more than ${this.#deps.limits.senderRate} requests a minute came from your address`;
      throw this.#refusals.make("sender_rate", detail, waitMs, { address });
    }
    const [reason, detail] = this.#full() ?? [];
    if (reason !== undefined && detail !== undefined)
      throw this.#refusals.make(reason, detail, RETRY_AFTER_MS);
    return this.#receiving.open(key);
  }

  /** Why nobody is let in now; undefined when somebody would be. */
  get problem(): string | undefined {
    return this.#full()?.[1];
  }

  /** A body that came in cannot be decoded in time, as others are. To be thrown. */
  noRoomToDecode(): HookyardError {
    const detail = "too many large bodies are being decoded at once";
    return this.#refusals.make("decoding", detail, RETRY_AFTER_MS);
  }

  /** Bytes of bodies that have come in and are not stored yet, as they came and decoded. */
  get receivingBytes(): number {
    return this.#receiving.heldBytes;
  }

  #full(): Level | undefined {
    const { limits, backlog } = this.#deps;
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
    const { limits, waitingSince, now } = this.#deps;
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
      return this.#deps.freeDiskBytes();
    } catch (err) {
      warnSparingly(this.#deps.log, "disk", { err }, "the free room on the disk cannot be told");
      return Number.POSITIVE_INFINITY;
    }
  }
}

const isOver = (value: number, limit: number): boolean => limit > 0 && value >= limit;
