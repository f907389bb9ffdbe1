/**
 * Writes frames, those of one turn of the event loop in one write. Short parts are copied one after the other into a
 * block of memory, which is reused from its start once all of it has been written: a buffer for every part would cost
 * more than its content.
 */
import { Buffer } from "node:buffer";
import type { Writable } from "node:stream";

const BLOCK_BYTES = 128 * 1024;
/** Above this, copying costs more than a separate write. */
const MAX_COPIED_BYTES = 16 * 1024;
/** The most bytes of UTF-8 that one UTF-16 code unit takes. */
const MAX_UNIT_BYTES = 3;
const NO_PARTS: readonly (Buffer | string)[] = [];

export class FrameWriter {
  readonly #pipe: Writable;
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  /** Writes of this block that are not finished. */
  #writing = 0;
  /** Where the next byte goes, and where the bytes begin that are in no piece yet. */
  #at = 0;
  #from = 0;
  /** Finished pieces, which are written before the bytes from `#from` on. */
  #pieces: Buffer[] = [];
  /** Wait until what has been added is written. */
  #onWritten: (() => void)[] = [];

  constructor(pipe: Writable) {
    this.#pipe = pipe;
  }

  get isEmpty(): boolean {
    return this.#at === this.#from && this.#pieces.length === 0;
  }

  /**
   * Adds a frame; for the layout see `frames.ts`. `onWritten` is called once this process no longer holds the frame,
   * also if the pipe is closed.
   */
  add(head: object, parts: readonly (Buffer | string)[] = NO_PARTS, onWritten?: () => void): void {
    if (onWritten !== undefined) this.#onWritten.push(onWritten);
    const text = JSON.stringify(head);
    const sizes = 8 + 4 * parts.length;
    this.#reserve(sizes);
    const block = this.#block;
    const at = this.#at;
    this.#at += sizes;
    block.writeUInt32BE(this.#put(text), at);
    block.writeUInt32BE(parts.length, at + 4);
    let sizeAt = at + 8;
    for (const part of parts) sizeAt = block.writeUInt32BE(this.#put(part), sizeAt);
  }

  /** If the pipe is closed, the frames are dropped. */
  flush(): void {
    if (this.isEmpty) return;
    this.#closePiece();
    const [pieces, block] = [this.#pieces, this.#block];
    const waiting = this.#onWritten;
    this.#pieces = [];
    this.#onWritten = [];
    if (this.#pipe.destroyed) {
      for (const tell of waiting) tell();
      return;
    }
    this.#writing += 1;
    const last = pieces.pop();
    if (pieces.length > 0) this.#pipe.cork();
    for (const piece of pieces) this.#pipe.write(piece);
    this.#pipe.write(last, () => {
      this.#written(block);
      for (const tell of waiting) tell();
    });
    if (pieces.length > 0) this.#pipe.uncork();
  }

  /**
   * Reuses the block once nothing of it is waiting. If the reader is busy, writes queue up and share a block until it
   * is full.
   */
  #written(block: Buffer): void {
    if (block !== this.#block) return;
    this.#writing -= 1;
    if (this.#writing > 0 || !this.isEmpty) return;
    this.#at = 0;
    this.#from = 0;
  }

  /** Returns the number of bytes. */
  #put(part: Buffer | string): number {
    if (typeof part === "string") return this.#putText(part);
    if (part.length > MAX_COPIED_BYTES) {
      this.#closePiece();
      this.#pieces.push(part);
    } else {
      this.#reserve(part.length);
      this.#at += part.copy(this.#block, this.#at);
    }
    return part.length;
  }

  #putText(text: string): number {
    if (text.length > MAX_COPIED_BYTES) return this.#put(Buffer.from(text));
    this.#reserve(text.length * MAX_UNIT_BYTES);
    const bytes = this.#block.write(text, this.#at);
    this.#at += bytes;
    return bytes;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#block.length) return;
    this.#closePiece();
    this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#writing = 0;
    this.#at = 0;
    this.#from = 0;
  }

  #closePiece(): void {
    if (this.#at > this.#from) this.#pieces.push(this.#block.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }
}
