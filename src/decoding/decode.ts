/**
 * The only content decoder: it counts the output chunk by chunk, so that a decompression bomb costs at most the limit.
 */
import { Buffer } from "node:buffer";
import type { Transform } from "node:stream";
import type { Coding } from "./codings.ts";
import { Pieces } from "./pieces.ts";

export type Decoded =
  | { readonly kind: "decoded"; readonly bytes: Buffer }
  /** The output of a stage exceeds `maxBytes`. */
  | { readonly kind: "too-large" }
  /** The bytes are invalid for the coding. */
  | { readonly kind: "undecodable"; readonly cause: unknown };

/** Called with the number of bytes that are held from now on; negative when bytes are released. */
export type Charge = (bytes: number) => Error | undefined;

export interface DecodeLimits {
  /** Limit for the output of every stage. */
  readonly maxBytes: number;
  /** Called for each chunk of output. If it returns an error, decoding stops. */
  readonly charge?: Charge | undefined;
  /** Allocates `maxBytes` at once: concatenating the chunks of a large body would need twice its size. */
  readonly preallocate?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Input bytes per write: decoding can stop between two writes. */
const SLICE_BYTES = 64 * 1024;

const TOO_LARGE: Decoded = { kind: "too-large" };

/**
 * Throws the error returned by `charge`, or the reason of the signal. In both cases all charged bytes have been
 * released.
 */
export async function decode(
  encoded: Buffer,
  codings: readonly Coding[],
  limits: DecodeLimits,
): Promise<Decoded> {
  let bytes = encoded;
  let charged = 0;
  for (const coding of codings) {
    // Held at most: the chunks of this stage, and the result of the one before.
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

/** Decodes one coding. */
class Stage {
  readonly #stream: Transform;
  readonly #limits: DecodeLimits;
  readonly #output: Output;
  readonly #ended = Promise.withResolvers<Decoded>();

  constructor(stream: Transform, limits: DecodeLimits) {
    this.#stream = stream;
    this.#limits = limits;
    this.#output = limits.preallocate === true ? new WholeOutput(limits.maxBytes) : new Pieces();
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

/** Untouched pages of the allocation take no memory. */
class WholeOutput implements Output {
  readonly #buffer: Buffer;
  size = 0;

  constructor(maxBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(maxBytes);
  }

  add(piece: Buffer): void {
    this.size += piece.copy(this.#buffer, this.size);
  }

  finish(): Buffer {
    const bytes = this.#buffer.subarray(0, this.size);
    return this.size * 2 < this.#buffer.length ? Buffer.from(bytes) : bytes;
  }
}

/**
 * The same synchronously, for worker threads. Undefined when the bytes are invalid, or the output exceeds the limit.
 */
export function decodeNow(
  encoded: Buffer,
  codings: readonly Coding[],
  maxBytes: number,
): Buffer | undefined {
  try {
    return codings.reduce(
      (bytes, { decodeSync }) => decodeSync(bytes, { maxOutputLength: maxBytes }),
      encoded,
    );
  } catch {
    return undefined;
  }
}
