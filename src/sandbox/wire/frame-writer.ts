/**
 * Frames on their way out, those of one turn in one write. What is short is put one behind the other into a piece of
 * memory, the room, which is used again from its start once all of it has been written: a buffer for every part costs
 * more than what is in it.
 */
import { Buffer } from "node:buffer";
import type { Writable } from "node:stream";

const ROOM_BYTES = 128 * 1024;
/** Copying more would cost more than a piece of its own. */
const MAX_COPIED_BYTES = 16 * 1024;
/** Of one UTF-16 code unit as UTF-8. */
const MAX_UNIT_BYTES = 3;
const NO_PARTS: readonly (Buffer | string)[] = [];

export class FrameWriter {
  readonly #pipe: Writable;
  #room: Buffer = Buffer.allocUnsafeSlow(ROOM_BYTES);
  /** Writes of this room that are on their way. */
  #writing = 0;
  /** Where the next byte goes, and from where on nothing is among the pieces yet. */
  #at = 0;
  #from = 0;
  /** What goes before what is in the room since then. */
  #pieces: Buffer[] = [];
  /** Wait until what has been added is written. */
  #onWritten: (() => void)[] = [];

  constructor(pipe: Writable) {
    this.#pipe = pipe;
  }

  get isEmpty(): boolean {
    return this.#at === this.#from && this.#pieces.length === 0;
  }

  /** Layout: see `frames.ts`. `onWritten` is called once this process holds the frame no more, also if the pipe is gone. */
  add(head: object, parts: readonly (Buffer | string)[] = NO_PARTS, onWritten?: () => void): void {
    if (onWritten !== undefined) this.#onWritten.push(onWritten);
    const text = JSON.stringify(head);
    const sizes = 8 + 4 * parts.length;
    this.#needRoom(sizes);
    const room = this.#room;
    const at = this.#at;
    this.#at += sizes;
    room.writeUInt32BE(this.#put(text), at);
    room.writeUInt32BE(parts.length, at + 4);
    let sizeAt = at + 8;
    for (const part of parts) sizeAt = room.writeUInt32BE(this.#put(part), sizeAt);
  }

  /** What is written to a pipe that is gone is gone with it. */
  flush(): void {
    if (this.isEmpty) return;
    this.#closePiece();
    const [pieces, room] = [this.#pieces, this.#room];
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
      this.#written(room);
      for (const tell of waiting) tell();
    });
    if (pieces.length > 0) this.#pipe.uncork();
  }

  /** A pipe whose reader is busy has its writes wait in line: they share a room until it is full. */
  #written(room: Buffer): void {
    if (room !== this.#room) return;
    this.#writing -= 1;
    if (this.#writing > 0 || !this.isEmpty) return;
    this.#at = 0;
    this.#from = 0;
  }

  /** Returns how many bytes it is. */
  #put(part: Buffer | string): number {
    if (typeof part === "string") return this.#putText(part);
    if (part.length > MAX_COPIED_BYTES) {
      this.#closePiece();
      this.#pieces.push(part);
    } else {
      this.#needRoom(part.length);
      this.#at += part.copy(this.#room, this.#at);
    }
    return part.length;
  }

  #putText(text: string): number {
    if (text.length > MAX_COPIED_BYTES) return this.#put(Buffer.from(text));
    this.#needRoom(text.length * MAX_UNIT_BYTES);
    const bytes = this.#room.write(text, this.#at);
    this.#at += bytes;
    return bytes;
  }

  #needRoom(bytes: number): void {
    if (this.#at + bytes <= this.#room.length) return;
    this.#closePiece();
    this.#room = Buffer.allocUnsafeSlow(ROOM_BYTES);
    this.#writing = 0;
    this.#at = 0;
    this.#from = 0;
  }

  #closePiece(): void {
    if (this.#at > this.#from) this.#pieces.push(this.#room.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }
}
