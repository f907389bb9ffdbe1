/** A bounded number of bytes that several holders share. */
import { HeldShare } from "../sharing/held-share.ts";

export interface TakeOptions {
  /** The next waiter is the one whose key holds the fewest bytes. */
  readonly key: string;
  /** How long to wait for room; without limit when absent. */
  readonly waitMs?: number | undefined;
}

interface Waiting {
  readonly key: string;
  readonly bytes: number;
  readonly enter: () => void;
}

/** Thrown when there is no room within `waitMs`. */
export class NoRoomError extends Error {
  override readonly name = "NoRoomError";
}

export class BytePool {
  readonly #maxBytes: number;
  readonly #maxBytesOfKey: number;
  readonly #heldBy = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();
  #held = 0;

  /** A key that holds `maxBytesOfKey` waits for its own shares, so that other keys find room. */
  constructor(maxBytes: number, maxBytesOfKey = maxBytes) {
    this.#maxBytes = maxBytes;
    this.#maxBytesOfKey = maxBytesOfKey;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /** Resolves once there is room. Throws `NoRoomError`. More bytes than the limit enter when nothing else is held. */
  async take(bytes: number, { key, waitMs }: TakeOptions): Promise<HeldShare> {
    if (this.#waiting.size === 0 && this.#fits(key, bytes)) this.#add(key, bytes);
    else await this.#wait({ key, bytes }, waitMs);
    return new HeldShare(bytes, (released) => this.#release(key, released));
  }

  #wait(request: Omit<Waiting, "enter">, waitMs: number | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { ...request, enter: resolve };
    this.#waiting.add(waiting);
    this.#letIn();
    if (waitMs === undefined || !this.#waiting.has(waiting)) return promise;
    const timer = setTimeout(() => {
      this.#waiting.delete(waiting);
      reject(new NoRoomError(`there was no room for ${request.bytes} bytes within ${waitMs} ms`));
    }, waitMs);
    return promise.finally(() => clearTimeout(timer));
  }

  #fits(key: string, bytes: number): boolean {
    const ofKey = this.#heldBy.get(key) ?? 0;
    const fitsKey = ofKey === 0 || ofKey + bytes <= this.#maxBytesOfKey;
    return fitsKey && (this.#held === 0 || this.#held + bytes <= this.#maxBytes);
  }

  #add(key: string, bytes: number): void {
    this.#held += bytes;
    const ofKey = (this.#heldBy.get(key) ?? 0) + bytes;
    if (ofKey === 0) this.#heldBy.delete(key);
    else this.#heldBy.set(key, ofKey);
  }

  #release(key: string, bytes: number): void {
    this.#add(key, -bytes);
    this.#letIn();
  }

  #letIn(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#waiting.delete(next);
      this.#add(next.key, next.bytes);
      next.enter();
    }
  }

  #next(): Waiting | undefined {
    let best: Waiting | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const one of this.#waiting) {
      const held = this.#heldBy.get(one.key) ?? 0;
      if (held >= least || !this.#fits(one.key, one.bytes)) continue;
      best = one;
      least = held;
    }
    return best;
  }
}
