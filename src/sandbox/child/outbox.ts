/** Messages to main. The messages of one turn of the event loop leave in one write. */
import type { Socket } from "node:net";
import { encodeHeads, MAX_FROM_CHILD_BYTES } from "../wire/frames.ts";
import type { Fault, FromChild, MatchEntry } from "../wire/protocol.ts";
import { isLonger } from "./cut-text.ts";

/** How long reports may be held back to share a write while further requests are processed. */
const HOLD_MS = 5;

export class Outbox {
  readonly #pipe: Socket;
  #messages: string[] = [];
  #heldSince = 0;

  constructor(pipe: Socket) {
    this.#pipe = pipe;
  }

  readonly send = (message: FromChild): void => {
    const json = JSON.stringify(message);
    // The limits of reports keep them smaller; main ends a process that sends more.
    this.#add(isLonger(json, MAX_FROM_CHILD_BYTES) ? JSON.stringify(tooLarge(message)) : json);
  };

  flush(): void {
    if (this.#messages.length === 0) return;
    this.#pipe.write(encodeHeads(this.#messages));
    this.#messages = [];
  }

  /**
   * Flushes if the oldest message has waited for long: a slow script must not delay finished reports or make the
   * process look dead.
   */
  flushIfLate(): void {
    if (performance.now() - this.#heldSince > HOLD_MS) this.flush();
  }

  #add(json: string): void {
    if (this.#messages.length === 0) {
      this.#heldSince = performance.now();
      setImmediate(() => this.flush());
    }
    this.#messages.push(json);
  }
}

const TOO_LARGE: Fault = {
  kind: "OUTPUT_LIMIT",
  name: "OutputLimit",
  message: `the report of the script has more than ${MAX_FROM_CHILD_BYTES} bytes`,
};

/** Replaces a message that is too large, so that only its own request fails. */
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
