/**
 * Decodes bodies within a bounded amount of memory. Encoded bytes do not tell how large they become, so a body is decoded
 * with a small limit first, and with the next one when it is larger. A large body waits for other large bodies only, and
 * a small body never waits behind a large one.
 */
import type { Lease } from "../sharing/lease.ts";
import { BytePool, type TakeOptions } from "./byte-pool.ts";
import type { Coding } from "./codings.ts";
import { type Decoded, type DecodeLimits, decode } from "./decode.ts";

/** Bodies up to this size are not counted once they are decoded: a thousand of them are no matter. */
export const SMALL_BYTES = 64 * 1024;
const MEDIUM_BYTES = 1024 * 1024;
/** Bodies of each size that are decoded at once. */
const AT_ONCE = 16;

interface Tier {
  readonly maxBytes: number;
  readonly pool: BytePool;
}

export type DecodeOptions = TakeOptions & Pick<DecodeLimits, "charge" | "signal">;

type Success = Extract<Decoded, { readonly kind: "decoded" }>;

export type LeasedBody =
  | (Success & { readonly lease: Lease })
  | Exclude<Decoded, { readonly kind: "decoded" }>;

export class BodyDecoder {
  readonly #tiers: readonly Tier[];

  /** `largeAtOnce` bodies of `maxBytes` are held at once, of which `largeOfKey` have the same key. */
  constructor(maxBytes: number, largeAtOnce: number, largeOfKey = largeAtOnce) {
    const tier = (size: number, atOnce: number, ofKey: number): Tier => ({
      maxBytes: size,
      pool: new BytePool(size * atOnce, size * ofKey),
    });
    this.#tiers = [
      ...[SMALL_BYTES, MEDIUM_BYTES]
        .filter((size) => size < maxBytes)
        .map((size) => tier(size, AT_ONCE, (AT_ONCE * largeOfKey) / largeAtOnce)),
      tier(maxBytes, largeAtOnce, largeOfKey),
    ];
  }

  /** The decoded body with a lease on its memory. Throws `NoRoomError` and what `decode` throws. */
  async decode(
    body: Buffer,
    codings: readonly Coding[],
    options: DecodeOptions,
  ): Promise<LeasedBody> {
    for (const { maxBytes, pool } of this.#tiers) {
      // With nested codings a stage is held beside the result of the one before it.
      const lease = await pool.take(codings.length > 1 ? maxBytes * 2 : maxBytes, options);
      try {
        const isLarge = maxBytes > MEDIUM_BYTES;
        const decoded = await decode(body, codings, { ...options, maxBytes, isLarge });
        if (decoded.kind === "decoded") {
          lease.shrinkTo(countedBytes(decoded.bytes.length));
          return { ...decoded, lease };
        }
        lease[Symbol.dispose]();
        if (decoded.kind === "undecodable") return decoded;
      } catch (error) {
        lease[Symbol.dispose]();
        throw error;
      }
    }
    return { kind: "too-large" };
  }

  /** Room for a body that was decoded before and is still in memory. */
  async hold(bytes: number, options: TakeOptions): Promise<Disposable> {
    const tier = this.#tiers.find(({ maxBytes }) => bytes <= maxBytes);
    if (tier === undefined || countedBytes(bytes) === 0)
      return { [Symbol.dispose]: () => undefined };
    return await tier.pool.take(bytes, options);
  }
}

const countedBytes = (bytes: number): number => (bytes <= SMALL_BYTES ? 0 : bytes);
