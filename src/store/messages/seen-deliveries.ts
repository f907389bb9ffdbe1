/**
 * A guess, without asking the database, at which deliveries have come before. It forgets, and may take one for another:
 * only the `delivery` table tells for certain. Right for nearly all, it spares each message a read of its own, which
 * costs as much as three writes.
 */

/** One number for each: 1 MB, whatever comes in. */
const SLOTS = 2 ** 18;

export class SeenDeliveries {
  readonly #marks = new Uint32Array(SLOTS);

  has(provider: string, key: string): boolean {
    const mark = markOf(provider, key);
    return this.#marks[mark % SLOTS] === mark;
  }

  /** Takes the place of whatever was in its slot. */
  add(provider: string, key: string): void {
    const mark = markOf(provider, key);
    this.#marks[mark % SLOTS] = mark;
  }
}

/** FNV-1a, 32 bits. Never 0, which is an empty slot. */
function markOf(provider: string, key: string): number {
  const text = `${provider}\n${key}`;
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0 || 1;
}
