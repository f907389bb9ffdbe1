/** One request on its way in: the memory that its body takes, and how fast the body comes. */
import type { HookyardError } from "../errors.ts";

/** How often speeds are measured. */
export const TICK_MS = 250;
/** An upload of which nothing came for so many ticks is as slow as can be, whatever it sent before. */
const SILENT_TICKS = 2;
/** What came in earlier counts for so much less with every tick. */
const FADING = 4;
/** The least rate is measured over windows of this many ticks. */
export const WINDOW_TICKS = 40;

/** What an upload asks of all that is being received. */
export interface UploadRoom {
  readonly add: (upload: Upload, bytes: number) => HookyardError | undefined;
  readonly remove: (upload: Upload, bytes: number) => void;
  readonly close: (upload: Upload) => void;
}

export class Upload implements Disposable {
  /** Of the sender: uploads with the same key share what there is for one sender. */
  readonly key: string;
  readonly #room: UploadRoom;
  #held = 0;
  #isComplete = false;
  #onEvicted: ((reason: HookyardError) => void) | undefined;
  #ticks = 0;
  #silentTicks = 0;
  /** Bytes of this tick, of those before it with their weight, and of this window. */
  #ofTick = 0;
  #faded = 0;
  #ofWindow = 0;

  constructor(key: string, room: UploadRoom) {
    this.key = key;
    this.#room = room;
  }

  /** Bytes of its body in memory, as they came and decoded. */
  get held(): number {
    return this.#held;
  }

  /** Its body is still coming in: it can be evicted. */
  get isOpen(): boolean {
    return !this.#isComplete && this.#onEvicted !== undefined;
  }

  /** To be compared with others: bytes that came in lately. */
  get speed(): number {
    return this.#silentTicks >= SILENT_TICKS ? 0 : this.#faded + this.#ofTick;
  }

  /** Whether it has been slower than this for long enough to say so. */
  isSlowerThan(bytesPerTick: number): boolean {
    return this.#ticks >= SILENT_TICKS && this.speed <= bytesPerTick;
  }

  /** `listener` is told when the body is given up for others, or for being too slow. */
  whenEvicted(listener: (reason: HookyardError) => void): void {
    this.#onEvicted = listener;
  }

  /** Bytes came in. An error when there is no room for them: they are not to be kept. */
  received(bytes: number): HookyardError | undefined {
    this.#silentTicks = 0;
    this.#ofTick += bytes;
    this.#ofWindow += bytes;
    return this.charge(bytes);
  }

  /** Bytes are in memory from now on, or with a negative number are not any more. */
  charge(bytes: number): HookyardError | undefined {
    const refused = bytes > 0 ? this.#room.add(this, bytes) : undefined;
    if (bytes < 0) this.#room.remove(this, -bytes);
    if (refused === undefined) this.#held += bytes;
    return refused;
  }

  /** The body is there, or what comes of it is not kept. */
  complete(): void {
    this.#isComplete = true;
  }

  /** Everything that it held is let go. */
  letGo(): void {
    this.charge(-this.#held);
  }

  evict(reason: HookyardError): void {
    this.complete();
    this.letGo();
    this.#onEvicted?.(reason);
  }

  /** Returns the bytes of a window that ends now. */
  tick(): number | undefined {
    this.#ticks += 1;
    this.#silentTicks += 1;
    this.#faded = (this.#faded + this.#ofTick) / FADING;
    this.#ofTick = 0;
    if (this.#ticks % WINDOW_TICKS !== 0) return undefined;
    const ofWindow = this.#ofWindow;
    this.#ofWindow = 0;
    return ofWindow;
  }

  [Symbol.dispose](): void {
    this.letGo();
    this.#room.close(this);
  }
}
