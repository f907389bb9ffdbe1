/** Keys of senders or functions that recently ended or blocked a process. */
export class Suspects {
  readonly #suspectMs: number;
  readonly #max: number;
  /** By key: until when it is suspect, in milliseconds of `performance.now`; oldest first. */
  readonly #until = new Map<string, number>();

  /** `suspectMs`: how long a key stays suspect. Beyond `max` keys, the oldest are forgotten. */
  constructor(suspectMs: number, max: number) {
    this.#suspectMs = suspectMs;
    this.#max = max;
  }

  add(key: string): void {
    this.#until.delete(key);
    this.#until.set(key, performance.now() + this.#suspectMs);
    const [oldest] = this.#until.keys();
    if (this.#until.size > this.#max && oldest !== undefined) this.#until.delete(oldest);
  }

  has(key: string): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    this.#until.delete(key);
    return false;
  }
}
