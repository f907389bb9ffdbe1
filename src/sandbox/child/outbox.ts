/** What this process says to main: the words of one turn leave in one write. */
import type { Socket } from "node:net";
import { encodeHeads } from "../frames.ts";
import type { FromChild } from "../protocol.ts";
import type { Mask } from "./mask.ts";

/** How long answers may be held back for one write while further requests are worked on. */
const HOLD_MS = 5;

export class Outbox {
  readonly #pipe: Socket;
  #words: string[] = [];
  #heldSince = 0;

  constructor(pipe: Socket) {
    this.#pipe = pipe;
  }

  readonly send = (message: FromChild): void => this.#add(JSON.stringify(message));

  /** `masked` makes the message without what `mask` hides; hardly one holds any of it. */
  readonly sendMasked = (message: FromChild, mask: Mask, masked: () => FromChild): void => {
    const json = JSON.stringify(message);
    this.#add(mask.isNeeded(json) ? JSON.stringify(masked()) : json);
  };

  flush(): void {
    if (this.#words.length === 0) return;
    this.#pipe.write(encodeHeads(this.#words));
    this.#words = [];
  }

  /** A slow script must not hold back what is ready, nor let this process look dead. */
  flushLate(): void {
    if (performance.now() - this.#heldSince > HOLD_MS) this.flush();
  }

  #add(json: string): void {
    if (this.#words.length === 0) {
      this.#heldSince = performance.now();
      setImmediate(() => this.flush());
    }
    this.#words.push(json);
  }
}
