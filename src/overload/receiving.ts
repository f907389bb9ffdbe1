/**
 * Limits the memory for bodies that are being received. Only bytes that have arrived count, not the announced length.
 * When memory runs out, slow uploads are evicted for faster ones, and uploads of senders that hold much for those of
 * senders that hold little.
 */
import type { HookyardError } from "../errors.ts";
import type { Refusals } from "./refusal.ts";
import { TICK_MS, Upload, type UploadRoom, WINDOW_TICKS } from "./upload.ts";

export interface ReceivingLimits {
  readonly maxReceivingBytes: number;
  /** Bytes per second. */
  readonly minReceivingRate: number;
}

const RETRY_AFTER_MS = 10_000;
/** An upload is evicted for another one of the same sender that is at least this many times as fast. */
const FASTER = 2;
const TICKS_PER_SECOND = 1000 / TICK_MS;
const WINDOW_SECONDS = WINDOW_TICKS / TICKS_PER_SECOND;

export class Receiving {
  readonly #limits: ReceivingLimits;
  readonly #refusals: Refusals;
  readonly #uploads = new Set<Upload>();
  /** Bytes held by each sender; senders without any are left out. */
  readonly #heldBy = new Map<string, number>();
  #held = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #room: UploadRoom = {
    add: (upload, bytes) => this.#add(upload, bytes),
    remove: (upload, bytes) => this.#count(upload.key, -bytes),
    close: (upload) => void this.#uploads.delete(upload),
  };

  constructor(limits: ReceivingLimits, refusals: Refusals) {
    this.#limits = limits;
    this.#refusals = refusals;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /** `key` is the sender's. */
  open(key: string): Upload {
    const upload = new Upload(key, this.#room);
    this.#uploads.add(upload);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
    return upload;
  }

  #add(upload: Upload, bytes: number): HookyardError | undefined {
    while (!this.#fits(upload, bytes)) {
      const slowest = this.#slowestEvictable(upload, bytes);
      if (slowest === undefined) {
        const detail = "too many bytes are being received at once";
        return this.#refusals.make("receiving", detail, RETRY_AFTER_MS);
      }
      const detail = "too many bytes are being received at once, and this body arrived slowly";
      slowest.evict(this.#refusals.make("slow_upload", detail, RETRY_AFTER_MS));
    }
    this.#count(upload.key, bytes);
    return undefined;
  }

  /** The only body in memory always fits: otherwise a large one could never be received. */
  #fits({ held }: Upload, bytes: number): boolean {
    const { maxReceivingBytes: max } = this.#limits;
    return max === 0 || this.#held + bytes <= max || this.#held === held;
  }

  #count(key: string, bytes: number): void {
    this.#held += bytes;
    const ofKey = (this.#heldBy.get(key) ?? 0) + bytes;
    if (ofKey === 0) this.#heldBy.delete(key);
    else this.#heldBy.set(key, ofKey);
  }

  /** The slowest of the uploads that may be evicted for this one. */
  #slowestEvictable(upload: Upload, bytes: number): Upload | undefined {
    const own = this.#heldBy.get(upload.key) ?? 0;
    const senders = this.#heldBy.size + (own === 0 ? 1 : 0);
    const share = this.#limits.maxReceivingBytes / senders;
    const isWithinShare = own + bytes <= share;
    const isEvictable = (one: Upload): boolean => {
      if (one.isSlowerThan(this.#limits.minReceivingRate / TICKS_PER_SECOND)) return true;
      if (one.key === upload.key) return one.speed * FASTER < upload.speed;
      return isWithinShare && (this.#heldBy.get(one.key) ?? 0) > share;
    };
    let slowest: Upload | undefined;
    for (const one of this.#uploads) {
      if (one === upload || !one.isOpen || one.held === 0) continue;
      if (slowest !== undefined && one.speed >= slowest.speed) continue;
      if (isEvictable(one)) slowest = one;
    }
    return slowest;
  }

  /**
   * Time is counted in ticks rather than milliseconds: no tick passes while this process is busy, and the bytes that
   * arrived meanwhile are read before the next one.
   */
  #tick(): void {
    if (this.#uploads.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    const { minReceivingRate: minRate } = this.#limits;
    for (const upload of this.#uploads) {
      const bytes = upload.tick();
      if (bytes === undefined || !upload.isOpen || bytes >= minRate * WINDOW_SECONDS) continue;
      const detail = `found ${bytes} bytes of the body in ${WINDOW_SECONDS} seconds, expected at least ${minRate} per second`;
      upload.evict(this.#refusals.make("slow_upload", detail, RETRY_AFTER_MS));
    }
  }
}
