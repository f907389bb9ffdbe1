/** Tracks what a child holds, so that nothing is sent twice. */

import type {
  ChildFunction,
  ChildMessage,
  ChildProvider,
  StoredBodies,
  ToChild,
} from "../wire/protocol.ts";
import type { Loadable } from "./loadable.ts";

/** The largest message that an idle child keeps. */
const MAX_IDLE_MESSAGE_BYTES = 256 * 1024;
/** The most match scripts that a child keeps, unless one message needs more. */
const MAX_MATCH_SCRIPTS = 256;

type Send = (message: ToChild, parts?: readonly (Buffer | string)[]) => void;

export class ChildCache {
  readonly #send: Send;
  /** Keys of the functions that the child holds. */
  readonly #functions = new Set<string>();
  /** Keys of the match scripts that the child holds, most recently needed last. */
  readonly #matchScripts = new Set<string>();
  /** The current message; undefined when no request needs it. */
  #message: ChildMessage | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  sendFunction({ key, spec }: Loadable<ChildFunction>): void {
    if (this.#functions.has(key)) return;
    this.#functions.add(key);
    this.#send({ type: "function", key, fn: spec });
  }

  /** Sends the missing match scripts of one message, and tells the child to drop the oldest ones above the limit. */
  sendMatchScripts(scripts: readonly Loadable<ChildProvider>[]): void {
    for (const { key, spec } of scripts) {
      if (!this.#matchScripts.delete(key)) this.#send({ type: "match-script", key, script: spec });
      this.#matchScripts.add(key);
    }
    const surplus = this.#matchScripts.size - Math.max(MAX_MATCH_SCRIPTS, scripts.length);
    if (surplus <= 0) return;
    const keys = [...this.#matchScripts].slice(0, surplus);
    for (const key of keys) this.#matchScripts.delete(key);
    this.#send({ type: "forget-match-scripts", keys });
  }

  /** Sends the message once for all its functions, which mostly run one after the other in one child. */
  sendMessage(message: ChildMessage): void {
    if (this.#message !== undefined && isSame(this.#message, message)) return;
    this.#message = message;
    const { head, headers, body, decodedBody, judgedAt } = message;
    const parts = [head, headers, body];
    this.#send(
      { type: "message", judgedAt },
      decodedBody === undefined ? parts : [...parts, decodedBody],
    );
  }

  /** Sends a message whose bodies are in the body file, for the next request only. */
  sendStoredMessage(
    { head, headers, judgedAt }: Omit<ChildMessage, "body">,
    stored: StoredBodies,
  ): void {
    this.#message = undefined;
    this.#send({ type: "message", judgedAt, stored }, [head, headers]);
  }

  /** Drops the message after its last request. The child drops it too if it is large. */
  dropMessage(): void {
    const isLarge = this.messageBytes > MAX_IDLE_MESSAGE_BYTES;
    this.#message = undefined;
    if (isLarge) this.#send({ type: "message", judgedAt: 0 });
  }

  /** The size of the current message's bodies, as received and decoded. */
  get messageBytes(): number {
    const { body, decodedBody } = this.#message ?? {};
    return (body?.length ?? 0) + (decodedBody?.length ?? 0);
  }
}

const isSame = (one: ChildMessage, other: ChildMessage): boolean =>
  one.body === other.body &&
  one.decodedBody === other.decodedBody &&
  one.head === other.head &&
  one.headers === other.headers &&
  one.judgedAt === other.judgedAt;
