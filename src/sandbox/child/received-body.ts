/** The body of a message, as received or decoded: in memory, or in the file for large bodies that main writes. */
import { readSync } from "node:fs";
import type { Region } from "../wire/protocol.ts";

/** The file descriptor of that file, opened by main. */
const BODIES_FD = 5;

export interface ReceivedBody {
  readonly size: number;
  readonly bytes: () => Buffer;
  /** A copy for a run that waits. The original is a view into a chunk of the pipe, which it would keep alive. */
  readonly kept: () => ReceivedBody;
}

export class BodyInMemory implements ReceivedBody {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  bytes(): Buffer {
    return this.#bytes;
  }

  kept(): ReceivedBody {
    return new BodyInMemory(Buffer.from(this.#bytes));
  }
}

/** Reads the body when a script asks for it, and caches it until it is garbage-collected. */
export class BodyInFile implements ReceivedBody {
  readonly #region: Region;
  #read: WeakRef<Buffer> | undefined;

  constructor(region: Region) {
    this.#region = region;
  }

  get size(): number {
    return this.#region.bytes;
  }

  bytes(): Buffer {
    const known = this.#read?.deref();
    if (known !== undefined) return known;
    const { at, bytes: size } = this.#region;
    const bytes = Buffer.allocUnsafeSlow(size);
    for (let done = 0; done < size; ) {
      const read = readSync(BODIES_FD, bytes, done, size - done, at + done);
      if (read === 0) throw new Error("the body of the message is not in its file");
      done += read;
    }
    this.#read = new WeakRef(bytes);
    return bytes;
  }

  kept(): ReceivedBody {
    return this;
  }
}
