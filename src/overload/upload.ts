/** One request that is being received: the memory its body takes, and how fast the body arrives. */
import type { HookyardError } from "../errors.ts";

/** How often speeds are measured. */
export const TICK_MS = 250;
/** An upload without new bytes for this many ticks has speed 0, whatever it sent before. */
const SILENT_TICKS = 2;
/** With each tick, earlier bytes count this many times less. */
const FADING = 4;
/** The minimum rate is measured over windows of this many ticks. */
export const WINDOW_TICKS = 40;

/** The part of `Receiving` that an upload uses. */
export interface UploadRoom {
  readonly add: (upload: Upload, bytes: number) => HookyardError | undefined;
  readonly remove: (upload: Upload, bytes: number) => void;
  readonly close: (upload: Upload) => void;
}

export class Upload implements Disposable {
  /** The sender's key: uploads with the same key share one sender's memory. */
  readonly key: string;
  readonly #room: UploadRoom;
  #held = 0;
  #isComplete = false;
  #onEvicted: ((reason: HookyardError) => void) | undefined;
  #ticks = 0;
  #silentTicks = 0;
  /** Bytes of this tick, weighted bytes of earlier ticks, and bytes of this window. */
  #tickBytes = 0;
  #earlierBytes = 0;
  #windowBytes = 0;

  constructor(key: string, room: UploadRoom) {
    this.key = key;
    this.#room = room;
  }

  /** Bytes of its body in memory, raw and decoded. */
  get held(): number {
    return this.#held;
  }

  /** The body is still arriving, so the upload can be evicted. */
  get isOpen(): boolean {
    return !this.#isComplete && this.#onEvicted !== undefined;
  }

  /** Recently received bytes, comparable between uploads. */
  get speed(): number {
    return this.#silentTicks >= SILENT_TICKS ? 0 : this.#earlierBytes + this.#tickBytes;
  }

  /** True if it has been slower than this for long enough to be sure. */
  isSlowerThan(bytesPerTick: number): boolean {
    return this.#ticks >= SILENT_TICKS && this.speed <= bytesPerTick;
  }

  /** `listener` is called with the reason when the body is given up for others, or because it arrives too slowly. */
  onEvicted(listener: (reason: HookyardError) => void): void {
    this.#onEvicted = listener;
  }

  /** Counts received bytes. Returns an error if there is no memory for them: the caller must not keep them. */
  received(bytes: number): HookyardError | undefined {
    this.#silentTicks = 0;
    this.#tickBytes += bytes;
    this.#windowBytes += bytes;
    return this.charge(bytes);
  }

  /** Counts bytes that are in memory from now on; a negative number frees them. */
  charge(bytes: number): HookyardError | undefined {
    const refused = bytes > 0 ? this.#room.add(this, bytes) : undefined;
    if (bytes < 0) this.#room.remove(this, -bytes);
    if (refused === undefined) this.#held += bytes;
    return refused;
  }

  /** The body is complete, or the rest of it is discarded. */
  complete(): void {
    this.#isComplete = true;
  }

  /** Frees all its memory. */
  free(): void {
    this.charge(-this.#held);
  }

  evict(reason: HookyardError): void {
    this.complete();
    this.free();
    this.#onEvicted?.(reason);
  }

  /** Ends a tick. Returns the bytes of a window that ends with it. */
  tick(): number | undefined {
    this.#ticks += 1;
    this.#silentTicks += 1;
    this.#earlierBytes = (this.#earlierBytes + this.#tickBytes) / FADING;
    this.#tickBytes = 0;
    if (this.#ticks % WINDOW_TICKS !== 0) return undefined;
    const windowBytes = this.#windowBytes;
    this.#windowBytes = 0;
    return windowBytes;
  }

  [Symbol.dispose](): void {
    this.free();
    this.#room.close(this);
  }
}
