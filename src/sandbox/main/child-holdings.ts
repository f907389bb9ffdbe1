/** What a child has been given, so that it is given nothing twice. */

import type {
  ChildFunction,
  ChildMessage,
  ChildProvider,
  StoredBodies,
  ToChild,
} from "../wire/protocol.ts";
import type { Loadable } from "./loadable.ts";

/** What an idle child may still hold of its last message. */
const MAX_LEFT_BYTES = 256 * 1024;
/** Match scripts that a child keeps, unless one message needs more of them. */
const MAX_MATCH_SCRIPTS = 256;

type Send = (message: ToChild, parts?: readonly (Buffer | string)[]) => void;

export class ChildHoldings {
  readonly #send: Send;
  /** Keys of functions. */
  readonly #functions = new Set<string>();
  /** Keys of match scripts, the one needed last at the end. */
  readonly #matchScripts = new Set<string>();
  /** The last one; undefined once nothing needs it any more. */
  #message: ChildMessage | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  giveFunction({ key, spec }: Loadable<ChildFunction>): void {
    if (this.#functions.has(key)) return;
    this.#functions.add(key);
    this.#send({ type: "function", key, fn: spec });
  }

  /** The match scripts that one message needs. */
  giveMatchScripts(scripts: readonly Loadable<ChildProvider>[]): void {
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

  /** The functions of a message mostly run one behind the other in one child: it is given the message once. */
  giveMessage(message: ChildMessage): void {
    if (this.#message !== undefined && isSame(this.#message, message)) return;
    this.#message = message;
    const { head, headers, body, decodedBody, judgedAt } = message;
    const parts = [head, headers, body];
    this.#send(
      { type: "message", judgedAt },
      decodedBody === undefined ? parts : [...parts, decodedBody],
    );
  }

  /** A message whose bodies are in the file of bodies, for the next request alone. */
  giveStored({ head, headers, judgedAt }: Omit<ChildMessage, "body">, stored: StoredBodies): void {
    this.#message = undefined;
    this.#send({ type: "message", judgedAt, stored }, [head, headers]);
  }

  /** Nobody needs the message any more: main lets go of it, and of a large one the child does too. */
  dropMessage(): void {
    const isLarge = this.messageBytes > MAX_LEFT_BYTES;
    this.#message = undefined;
    if (isLarge) this.#send({ type: "message", judgedAt: 0 });
  }

  /** Of the body of the message it has, as it came and decoded. */
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
