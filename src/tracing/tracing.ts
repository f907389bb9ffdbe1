/** Records the steps of a message for a trace collector. */
import type { Message } from "../model/message.ts";

export interface Step {
  readonly name: "accept" | "match" | "commit" | "execute";
  /** In milliseconds of `performance.now`. The step ends when it is recorded. */
  readonly startedAt: number;
  /** Names of installed scripts, numbers and fixed words, never text that a sender sent. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly hasFailed?: boolean;
}

export interface Answered {
  readonly startedAt: number;
  readonly status: number;
  /** Size of the request's body. */
  readonly bodyBytes: number;
}

export interface Tracing extends AsyncDisposable {
  /** Records a step of a message's path, which ends now. Earlier steps may have run in another process. */
  readonly step: (message: Message, step: Step) => void;
  /** Records the request that brought the message, answered now: the parent of all steps. */
  readonly answered: (message: Message, answer: Answered) => void;
}
