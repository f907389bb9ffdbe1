/** Message ids: UUIDv7, so that they sort by arrival. */
import { randomFillSync } from "node:crypto";
import { v7 as uuidv7 } from "uuid";

const RANDOM_BYTES = 16;
/** Random bytes are generated in blocks: a call for each id would cost more than the rest of the id. */
const pool = Buffer.alloc(256 * RANDOM_BYTES);
let usedBytes = pool.length;

/**
 * The smallest id of a message received at `time`, in milliseconds since the epoch: so a time range is a range of ids.
 */
export function leastIdAt(time: number): string {
  // The first 48 bits of a UUIDv7 are the time.
  const hex = Math.max(0, Math.floor(time)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** When the message was received, in milliseconds since the epoch. */
export const messageIdTime = (id: string): number =>
  Number.parseInt(id.replace("-", "").slice(0, 12), 16);

/** `receivedAt` in milliseconds since the epoch. */
export function newMessageId(receivedAt: number): string {
  if (usedBytes === pool.length) {
    randomFillSync(pool);
    usedBytes = 0;
  }
  const random = pool.subarray(usedBytes, usedBytes + RANDOM_BYTES);
  usedBytes += RANDOM_BYTES;
  return uuidv7({ msecs: receivedAt, random });
}
