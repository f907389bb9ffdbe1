/**
 * A body that arrives in chunks. A sender may send single bytes, and a buffer per byte would take a hundred times the
 * memory: small chunks are copied into shared blocks.
 */
import { Buffer } from "node:buffer";

const SMALL_BYTES = 2048;
const BLOCK_BYTES = 16 * 1024;

export class Pieces {
  #pieces: Buffer[] = [];
  #size = 0;
  /** A block for small chunks; the current run of them lies between `#from` and `#at`. */
  #block: Buffer | undefined;
  #from = 0;
  #at = 0;

  get size(): number {
    return this.#size;
  }

  add(piece: Buffer): void {
    // A body that arrives in one chunk is not copied.
    const isCopied = this.#size > 0 && piece.length < SMALL_BYTES;
    this.#size += piece.length;
    if (isCopied) this.#copy(piece);
    else {
      this.#closeRun();
      this.#pieces.push(piece);
    }
  }

  /** The whole body in one buffer. */
  finish(): Buffer {
    this.#closeRun();
    const [first] = this.#pieces;
    return this.#pieces.length === 1 && first !== undefined
      ? first
      : Buffer.concat(this.#pieces, this.#size);
  }

  clear(): void {
    this.#pieces = [];
    this.#size = 0;
    this.#block = undefined;
    this.#from = 0;
    this.#at = 0;
  }

  #copy(piece: Buffer): void {
    if (this.#block === undefined || this.#at + piece.length > this.#block.length) {
      this.#closeRun();
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#from = 0;
      this.#at = 0;
    }
    this.#at += piece.copy(this.#block, this.#at);
  }

  #closeRun(): void {
    if (this.#block !== undefined && this.#at > this.#from)
      this.#pieces.push(this.#block.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }
}
