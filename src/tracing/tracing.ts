/** What happened to a message, step by step, for whoever collects traces. */
import type { Message } from "../model/message.ts";

export interface Step {
  readonly name: "accept" | "match" | "commit" | "execute";
  /** In milliseconds of `performance.now`. It ends now. */
  readonly startedAt: number;
  /** Names of what is installed, numbers and fixed words: never what a sender sent. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly hasFailed?: boolean;
}

export interface Answered {
  readonly startedAt: number;
  readonly status: number;
  /** Of the request. */
  readonly bodyBytes: number;
}

export interface Tracing extends AsyncDisposable {
  /** A step of the way of a message, which ends now. Whose process took the ones before does not matter. */
  readonly step: (message: Message, step: Step) => void;
  /** The request that brought the message, answered now: what all steps are part of. */
  readonly answered: (message: Message, answer: Answered) => void;
}
