/**
 * Decodes bodies within bounded memory. The decoded size is unknown, so a body is decoded with a small limit first, and
 * again with the next limit when it is larger. Large bodies wait only for other large bodies, and a small body never
 * waits behind a large one.
 */
import type { HeldShare } from "../sharing/held-share.ts";
import { BytePool, type TakeOptions } from "./byte-pool.ts";
import type { Coding } from "./codings.ts";
import { type Decoded, type DecodeLimits, decode } from "./decode.ts";

/** Bodies up to this size are not counted once decoded: a thousand of them take little memory. */
export const SMALL_BYTES = 64 * 1024;
const MEDIUM_BYTES = 1024 * 1024;
/** Bodies decoded in parallel per tier. */
const PARALLEL = 16;

interface Tier {
  readonly maxBytes: number;
  readonly pool: BytePool;
}

export type DecodeOptions = TakeOptions & Pick<DecodeLimits, "charge" | "signal">;

type Success = Extract<Decoded, { readonly kind: "decoded" }>;

export type LeasedBody =
  | (Success & { readonly share: HeldShare })
  | Exclude<Decoded, { readonly kind: "decoded" }>;

export class BodyDecoder {
  readonly #tiers: readonly Tier[];

  /**
   * At most `largeAtOnce` bodies of `maxBytes` are held at once, and at most `largeOfKey` of them with the same key.
   */
  constructor(maxBytes: number, largeAtOnce: number, largeOfKey = largeAtOnce) {
    const tier = (size: number, atOnce: number, ofKey: number): Tier => ({
      maxBytes: size,
      pool: new BytePool(size * atOnce, size * ofKey),
    });
    this.#tiers = [
      ...[SMALL_BYTES, MEDIUM_BYTES]
        .filter((size) => size < maxBytes)
        .map((size) => tier(size, PARALLEL, (PARALLEL * largeOfKey) / largeAtOnce)),
      tier(maxBytes, largeAtOnce, largeOfKey),
    ];
  }

  /** Returns the decoded body with a share on its memory. Throws `NoRoomError`, and the errors of `decode`. */
  async decode(
    body: Buffer,
    codings: readonly Coding[],
    options: DecodeOptions,
  ): Promise<LeasedBody> {
    for (const { maxBytes, pool } of this.#tiers) {
      // With nested codings, the output of a stage and of the one before it are held together.
      const share = await pool.take(codings.length > 1 ? maxBytes * 2 : maxBytes, options);
      try {
        const preallocate = maxBytes > MEDIUM_BYTES;
        const decoded = await decode(body, codings, { ...options, maxBytes, preallocate });
        if (decoded.kind === "decoded") {
          share.shrinkTo(countedBytes(decoded.bytes.length));
          return { ...decoded, share };
        }
        share[Symbol.dispose]();
        if (decoded.kind === "undecodable") return decoded;
      } catch (error) {
        share[Symbol.dispose]();
        throw error;
      }
    }
    return { kind: "too-large" };
  }

  /** Takes memory for a body that is decoded already and still in use. */
  async hold(bytes: number, options: TakeOptions): Promise<Disposable> {
    const tier = this.#tiers.find(({ maxBytes }) => bytes <= maxBytes);
    if (tier === undefined || countedBytes(bytes) === 0)
      return { [Symbol.dispose]: () => undefined };
    return await tier.pool.take(bytes, options);
  }
}

const countedBytes = (bytes: number): number => (bytes <= SMALL_BYTES ? 0 : bytes);
