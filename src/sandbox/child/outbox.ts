/** What this process says to main: the words of one turn leave in one write. */
import type { Socket } from "node:net";
import { encodeHeads, MAX_FROM_CHILD_BYTES } from "../wire/frames.ts";
import type { Fault, FromChild, MatchEntry } from "../wire/protocol.ts";
import { isLonger } from "./cut-text.ts";

/** How long answers may be held back for one write while further requests are worked on. */
const HOLD_MS = 5;

export class Outbox {
  readonly #pipe: Socket;
  #words: string[] = [];
  #heldSince = 0;

  constructor(pipe: Socket) {
    this.#pipe = pipe;
  }

  readonly send = (message: FromChild): void => {
    const json = JSON.stringify(message);
    // The limits of what scripts may say leave no room for it; main ends a process that sends more.
    this.#add(isLonger(json, MAX_FROM_CHILD_BYTES) ? JSON.stringify(tooLarge(message)) : json);
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

const TOO_LARGE: Fault = {
  kind: "OUTPUT_LIMIT",
  name: "OutputLimit",
  message: `what the script said has more than ${MAX_FROM_CHILD_BYTES} bytes together`,
};

/** What is said in place of a message that would be too large: its own request ends, and no other. */
function tooLarge(message: FromChild): FromChild {
  switch (message.type) {
    case "ran":
      return {
        ...message,
        report: { logs: [], durationMs: message.report.durationMs, fault: TOO_LARGE },
      };
    case "checked":
      return { ...message, report: { exports: [], fault: TOO_LARGE } };
    case "decided":
      return { ...message, report: { entries: message.report.entries.map(withoutTexts) } };
    default:
      throw new Error(`a message of type ${message.type} is too large`);
  }
}

const withoutTexts = ({ provider, durationMs }: MatchEntry): MatchEntry => ({
  provider,
  matched: false,
  durationMs,
  error: TOO_LARGE,
});
