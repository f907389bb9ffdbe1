/**
 * Frames on the pipe between main and a sandbox child: a JSON head, then raw parts (text and bytes) that are not
 * parsed. Node's own IPC would escape and parse every body twice.
 *
 * Layout, all numbers unsigned 32-bit big-endian: head length, number of parts, length of each part, head, parts.
 */
import { Buffer } from "node:buffer";

export interface Frame {
  readonly head: unknown;
  readonly parts: readonly Buffer[];
}

const MAX_PARTS = 4;
const BEGINNING_BYTES = 200;
/**
 * The most bytes of one frame from a child. The limits of a run keep a report well below it, even with every
 * character escaped.
 */
export const MAX_FROM_CHILD_BYTES = 16 * 1024 * 1024;

/** Encodes frames without parts into one buffer. The heads are JSON already. */
export function encodeHeads(heads: readonly string[]): Buffer {
  const sizes = heads.map((head) => Buffer.byteLength(head));
  const frames = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + 8 + size, 0));
  let at = 0;
  for (const [index, head] of heads.entries()) {
    at = frames.writeUInt32BE(sizes[index] ?? 0, at);
    at = frames.writeUInt32BE(0, at);
    at += frames.write(head, at);
  }
  return frames;
}

/** A frame whose sizes are out of bounds: the peer is broken or hostile. */
export class FrameError extends Error {
  override readonly name = "FrameError";
  /** The beginning of the frame, as far as it was received. */
  readonly beginning: string;

  constructor(message: string, beginning = "") {
    super(message);
    this.beginning = beginning;
  }
}

/**
 * Splits a byte stream into frames. `maxBytes` bounds one frame; a peer that sends a larger one is broken or hostile.
 */
export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** How many bytes complete the current frame, or its header. */
  #needed = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Adds received bytes and returns the frames that are now complete. Throws `FrameError`. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (this.#buffered > 0 && at < chunk.length) at = this.#complete(chunk, at, frames);
    while (at < chunk.length) {
      const size = this.#frameSize(chunk, at);
      if (chunk.length - at < size) {
        this.#keep(chunk.subarray(at), size);
        break;
      }
      frames.push(decodeFrame(chunk, at));
      at += size;
    }
    return frames;
  }

  /**
   * Adds only the bytes that the frame from an earlier chunk needs, so that the rest of the chunk is not copied.
   * Returns where the rest begins.
   */
  #complete(chunk: Buffer, at: number, frames: Frame[]): number {
    const missing = chunk.subarray(at, at + this.#needed - this.#buffered);
    this.#chunks.push(missing);
    this.#buffered += missing.length;
    // A large body arrives in many chunks, which are joined once, when the frame is complete.
    if (this.#buffered === this.#needed) {
      const bytes = Buffer.concat(this.#chunks);
      const size = this.#frameSize(bytes, 0);
      this.#keep(bytes, size);
      if (bytes.length === size) {
        frames.push(decodeFrame(bytes, 0));
        this.#chunks = [];
        this.#buffered = 0;
      }
    }
    return at + missing.length;
  }

  #keep(bytes: Buffer, needed: number): void {
    this.#chunks = [bytes];
    this.#buffered = bytes.length;
    this.#needed = needed;
  }

  /** The size of the frame at `at`, or how many bytes are needed to know it. */
  #frameSize(bytes: Buffer, at: number): number {
    const length = bytes.length - at;
    if (length < 8) return 8;
    const count = bytes.readUInt32BE(at + 4);
    if (count > MAX_PARTS)
      throw new FrameError(`a frame has ${count} parts, at most ${MAX_PARTS} are allowed`);
    const start = 8 + 4 * count;
    if (length < start) return start;
    let size = start + bytes.readUInt32BE(at);
    for (let index = 0; index < count; index++) size += bytes.readUInt32BE(at + 8 + 4 * index);
    if (size > this.#maxBytes)
      throw new FrameError(
        `a frame has ${size} bytes, at most ${this.#maxBytes} are allowed`,
        bytes.toString("utf8", at + start, at + start + BEGINNING_BYTES),
      );
    return size;
  }
}

function decodeFrame(bytes: Buffer, at: number): Frame {
  const count = bytes.readUInt32BE(at + 4);
  const headAt = at + 8 + 4 * count;
  let end = headAt + bytes.readUInt32BE(at);
  const head: unknown = JSON.parse(bytes.toString("utf8", headAt, end));
  const parts: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    const start = end;
    end += bytes.readUInt32BE(at + 8 + 4 * index);
    parts.push(bytes.subarray(start, end));
  }
  return { head, parts };
}
