/** The one content decoder: it counts what comes out piece by piece, so that a bomb costs no more than the limit. */
import { Buffer } from "node:buffer";
import type { Transform } from "node:stream";
import type { Coding } from "./codings.ts";
import { Pieces } from "./pieces.ts";

export type Decoded =
  | { readonly kind: "decoded"; readonly bytes: Buffer }
  /** One of the stages has more than `maxBytes`. */
  | { readonly kind: "too-large" }
  /** The bytes are not what the coding says. */
  | { readonly kind: "undecodable"; readonly cause: unknown };

/** Is told of bytes that are held from now on, or with a negative number of bytes that are let go. */
export type Charge = (bytes: number) => Error | undefined;

export interface DecodeLimits {
  /** Of the result, and of every stage before it. */
  readonly maxBytes: number;
  /** Called for each piece of output. An error it returns ends the decoding. */
  readonly charge?: Charge | undefined;
  /** Memory for `maxBytes` is taken at once: joining the pieces of a large body would need twice its size. */
  readonly isLarge?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that a decoder is given at once: between two of these it can be stopped. */
const SLICE_BYTES = 64 * 1024;

const TOO_LARGE: Decoded = { kind: "too-large" };

/** Throws what `charge` returns, and the reason of the signal. In both cases everything charged has been given back. */
export async function decode(
  encoded: Buffer,
  codings: readonly Coding[],
  limits: DecodeLimits,
): Promise<Decoded> {
  let bytes = encoded;
  let charged = 0;
  for (const coding of codings) {
    // At most the pieces of this stage and the result of the one before it are held.
    const decoded = await new Stage(coding.stream(bytes), limits).run(bytes).catch((error) => {
      limits.charge?.(-charged);
      throw error;
    });
    limits.charge?.(-charged);
    if (decoded.kind !== "decoded") return decoded;
    bytes = decoded.bytes;
    charged = bytes.length;
  }
  return { kind: "decoded", bytes };
}

/** One coding undone. */
class Stage {
  readonly #stream: Transform;
  readonly #limits: DecodeLimits;
  readonly #output: Output;
  readonly #ended = Promise.withResolvers<Decoded>();

  constructor(stream: Transform, limits: DecodeLimits) {
    this.#stream = stream;
    this.#limits = limits;
    this.#output = limits.isLarge === true ? new WholeOutput(limits.maxBytes) : new Pieces();
  }

  async run(encoded: Buffer): Promise<Decoded> {
    const { signal, charge } = this.#limits;
    signal?.throwIfAborted();
    const { resolve, reject } = this.#ended;
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    this.#stream
      .on("data", (piece: Buffer) => this.#take(piece))
      .on("end", () => resolve({ kind: "decoded", bytes: this.#output.finish() }))
      .on("error", (cause) => resolve({ kind: "undecodable", cause }));
    let isDecoded = false;
    try {
      this.#feed(encoded);
      const decoded = await this.#ended.promise;
      isDecoded = decoded.kind === "decoded";
      return decoded;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#stream.destroy();
      if (!isDecoded) charge?.(-this.#output.size);
    }
  }

  #take(piece: Buffer): void {
    if (this.#stream.destroyed) return;
    const isTooLarge = this.#output.size + piece.length > this.#limits.maxBytes;
    const refused = isTooLarge ? undefined : this.#limits.charge?.(piece.length);
    if (isTooLarge) this.#ended.resolve(TOO_LARGE);
    else if (refused !== undefined) this.#ended.reject(refused);
    else this.#output.add(piece);
    if (isTooLarge || refused !== undefined) this.#stream.destroy();
  }

  #feed(encoded: Buffer, from = 0): void {
    const stream = this.#stream;
    for (let at = from; at < encoded.length; at += SLICE_BYTES) {
      const next = at + SLICE_BYTES;
      if (stream.destroyed) return;
      if (stream.write(encoded.subarray(at, next)) || next >= encoded.length) continue;
      stream.once("drain", () => this.#feed(encoded, next));
      return;
    }
    stream.end();
  }
}

interface Output {
  readonly size: number;
  readonly add: (piece: Buffer) => void;
  readonly finish: () => Buffer;
}

/** Pages that nothing is written to take no memory. */
class WholeOutput implements Output {
  readonly #room: Buffer;
  size = 0;

  constructor(maxBytes: number) {
    this.#room = Buffer.allocUnsafeSlow(maxBytes);
  }

  add(piece: Buffer): void {
    this.size += piece.copy(this.#room, this.size);
  }

  finish(): Buffer {
    const bytes = this.#room.subarray(0, this.size);
    return this.size * 2 < this.#room.length ? Buffer.from(bytes) : bytes;
  }
}

/** The same in one go, for threads that may wait. Undefined when it cannot be decoded, or is larger than the limit. */
export function decodeNow(
  encoded: Buffer,
  codings: readonly Coding[],
  maxBytes: number,
): Buffer | undefined {
  try {
    return codings.reduce(
      (bytes, { atOnce }) => atOnce(bytes, { maxOutputLength: maxBytes }),
      encoded,
    );
  } catch {
    return undefined;
  }
}
