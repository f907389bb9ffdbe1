/**
 * A cache that guesses, without the database, whether a delivery came before. It forgets deliveries and may confuse
 * two: only the `delivery` table is certain. It saves nearly every message a read, which costs as much as three writes.
 */

/** One 32-bit number per slot: always 1 MB. */
const SLOTS = 2 ** 18;

export class SeenDeliveries {
  readonly #marks = new Uint32Array(SLOTS);

  has(provider: string, key: string): boolean {
    const mark = markOf(provider, key);
    return this.#marks[mark % SLOTS] === mark;
  }

  /** Replaces the mark in the slot. */
  add(provider: string, key: string): void {
    const mark = markOf(provider, key);
    this.#marks[mark % SLOTS] = mark;
  }
}

/** FNV-1a, 32 bits. Never 0, which marks an empty slot. */
function markOf(provider: string, key: string): number {
  const text = `${provider}\n${key}`;
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0 || 1;
}
