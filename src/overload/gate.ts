/**
 * Admission control: decides before a body is read whether a request is accepted, so that a refused request costs next
 * to nothing.
 */
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
  /** Requests per minute from one address. */
  readonly senderRate: number;
}

export interface GateDeps extends RefusalDeps {
  readonly limits: GateLimits;
  readonly backlog: BacklogSize;
  /**
   * Since when the oldest due execution or decision has been waiting, in milliseconds since the epoch; undefined when
   * none waits.
   */
  readonly waitingSince: () => number | undefined;
  /** Throws if the free space cannot be read. */
  readonly freeDiskBytes: () => number;
  readonly now: () => number;
}

/** How old the measured values may be that a request is checked against. */
const MEASURE_EVERY_MS = 1000;
const RETRY_AFTER_MS = 10_000;

type Overload = readonly [OverloadReason, detail: string];

export class Gate {
  readonly #deps: GateDeps;
  readonly #refusals: Refusals;
  readonly #senders: RateLimit | undefined;
  readonly #receiving: Receiving;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #measured: Overload | undefined;

  constructor(deps: GateDeps) {
    this.#deps = deps;
    this.#refusals = new Refusals(deps);
    this.#receiving = new Receiving(deps.limits, this.#refusals);
    const { senderRate } = deps.limits;
    this.#senders = senderRate > 0 ? new RateLimit(senderRate, () => performance.now()) : undefined;
  }

  /** Throws `rate_limited` or `overloaded`. The upload must be disposed of once the message is stored or refused. */
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

  /** Why every request is refused now; undefined if requests are accepted. */
  get problem(): string | undefined {
    return this.#full()?.[1];
  }

  /** The error for a body that cannot be decoded in time because others are. The caller throws it. */
  decodingOverload(): HookyardError {
    const detail = "too many large bodies are being decoded at once";
    return this.#refusals.make("decoding", detail, RETRY_AFTER_MS);
  }

  /** Bytes of bodies, raw and decoded, that have arrived and are not stored yet. */
  get receivingBytes(): number {
    return this.#receiving.heldBytes;
  }

  #full(): Overload | undefined {
    const { limits, backlog } = this.#deps;
    if (isOver(backlog.count, limits.maxBacklog))
      return ["backlog", "the backlog holds too many messages"];
    if (isOver(backlog.bytes, limits.maxBacklogBytes))
      return ["backlog_bytes", "the bodies of the messages in the backlog are too large in total"];
    const at = performance.now();
    if (at - this.#measuredAt >= MEASURE_EVERY_MS) {
      this.#measuredAt = at;
      this.#measured = this.#measure();
    }
    return this.#measured;
  }

  #measure(): Overload | undefined {
    const { limits, waitingSince, now } = this.#deps;
    if (limits.minFreeDiskBytes > 0 && this.#freeDiskBytes() < limits.minFreeDiskBytes)
      return ["disk", "there is too little free disk space to store messages"];
    if (limits.maxBacklogAgeSeconds === 0) return undefined;
    const since = waitingSince();
    return since !== undefined && isOver((now() - since) / 1000, limits.maxBacklogAgeSeconds)
      ? ["backlog_age", "messages in the backlog have waited too long"]
      : undefined;
  }

  /** Free space that cannot be read refuses no request: storing the message shows whether there is room. */
  #freeDiskBytes(): number {
    try {
      return this.#deps.freeDiskBytes();
    } catch (err) {
      warnSparingly(this.#deps.log, "disk", { err }, "the free disk space cannot be read");
      return Number.POSITIVE_INFINITY;
    }
  }
}

const isOver = (value: number, limit: number): boolean => limit > 0 && value >= limit;
