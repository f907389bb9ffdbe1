/** Ids of messages: UUIDv7, so that they sort by arrival. */
import { randomFillSync } from "node:crypto";
import { v7 as uuidv7 } from "uuid";

const RANDOM_BYTES = 16;
/** Asked for in one go: each asking costs more than the rest of an id. */
const pool = Buffer.alloc(256 * RANDOM_BYTES);
let used = pool.length;

/** The least id a message received at `time` can have, in milliseconds since the epoch: a time range is a range of ids. */
export function leastIdAt(time: number): string {
  // The first 48 bits of a UUIDv7 are the time.
  const hex = Math.max(0, Math.floor(time)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** When it was received, in milliseconds since the epoch. */
export const messageIdTime = (id: string): number =>
  Number.parseInt(id.replace("-", "").slice(0, 12), 16);

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
