/**
 * Counts the messages that have not ended. Kept as a running count: counting the rows at each request would cost more
 * than the request.
 */

export interface BacklogSize {
  readonly count: number;
  /** Total size of their bodies. */
  readonly bytes: number;
}

export class Backlog implements BacklogSize {
  #count: number;
  #bytes: number;

  /** `atStart` is counted from the rows. */
  constructor(atStart: BacklogSize) {
    this.#count = atStart.count;
    this.#bytes = atStart.bytes;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A message was stored and has not ended. */
  entered(bytes: number): void {
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** A message has ended. */
  left(bytes: number): void {
    this.#count -= 1;
    this.#bytes -= bytes;
  }
}
