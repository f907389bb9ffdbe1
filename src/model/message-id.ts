/** Ids of messages: UUIDv7, so that they sort by arrival. */
import { randomFillSync } from "node:crypto";
import { v7 as uuidv7 } from "uuid";

const RANDOM_BYTES = 16;
/** Asked for in one go: each asking costs more than the rest of an id. */
const pool = Buffer.alloc(256 * RANDOM_BYTES);
let used = pool.length;

/** `receivedAt` in milliseconds since the epoch. */
export function newMessageId(receivedAt: number): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + RANDOM_BYTES);
  used += RANDOM_BYTES;
  return uuidv7({ msecs: receivedAt, random });
}
