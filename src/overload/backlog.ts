/** How much has not ended yet. Counted along, since counting the rows for each request would cost more than the request. */

export interface BacklogSize {
  readonly count: number;
  /** Of the bodies. */
  readonly bytes: number;
}

export class Backlog implements BacklogSize {
  #count: number;
  #bytes: number;

  /** `atStart` is what the rows say. */
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

  /** It has ended. */
  left(bytes: number): void {
    this.#count -= 1;
    this.#bytes -= bytes;
  }
}
