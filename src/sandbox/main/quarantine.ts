/**
 * Messages that are matched separately: large messages, messages that ended or slowed down a match process, and for a
 * while all messages of the senders of the latter. They are matched one at a time in their own process, so that only
 * other quarantined messages wait for them.
 */
import { HookyardError } from "../../errors.ts";
import type { ChildMessage } from "../wire/protocol.ts";
import { Suspects } from "./suspects.ts";

/** A message with a larger body, as received or decoded, is quarantined. */
const LARGE_BYTES = 1024 * 1024;
/** Matching a message with more CPU time than this delayed the messages after it. */
const SLOW_MS = 250;
/** How long a sender stays suspect after its last message of this kind. */
const SUSPECT_MS = 300_000;
const MAX_SUSPECTS = 10_000;
/** Limits on waiting messages, which are held in memory. */
const MAX_WAITING = 32;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 10;

/** Trials share one queue and are never suspect. */
const NO_SENDER = "";

interface Waiting {
  readonly sender: string;
  readonly bytes: number;
  readonly enter: () => void;
  readonly refuse: (reason: HookyardError) => void;
}

export class Quarantine {
  readonly #suspects = new Suspects(SUSPECT_MS, MAX_SUSPECTS);
  #waiting: readonly Waiting[] = [];
  #isBusy = false;
  #lastSender = NO_SENDER;

  /** Whether a message is quarantined from the start. */
  appliesTo({ body, decodedBody }: ChildMessage, sender = NO_SENDER): boolean {
    return bodyBytes(body, decodedBody) > LARGE_BYTES || this.#suspects.has(sender);
  }

  /** A message of the sender ended the process it was matched in. */
  suspect(sender = NO_SENDER): void {
    if (sender !== NO_SENDER) this.#suspects.add(sender);
  }

  /** Notes the cost of matching a message outside the quarantine. */
  noteCost(sender: string | undefined, cpuMs: number): void {
    if (cpuMs > SLOW_MS) this.suspect(sender);
  }

  /**
   * Resolves when it is the message's turn, which lasts until the result is disposed of. Throws `overloaded` if too
   * much waits: the last message of the sender with the most waiting is refused.
   */
  async waitTurn({ body, decodedBody }: ChildMessage, sender = NO_SENDER): Promise<Disposable> {
    if (this.#isBusy) await this.#wait(sender, body.length + (decodedBody?.length ?? 0));
    this.#isBusy = true;
    this.#lastSender = sender;
    return { [Symbol.dispose]: () => this.#leave() };
  }

  #wait(sender: string, bytes: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting = [...this.#waiting, { sender, bytes, enter: resolve, refuse: reject }];
    while (this.#isFull()) this.#refuseLast();
    return promise;
  }

  #isFull(): boolean {
    const bytes = this.#waiting.reduce((sum, one) => sum + one.bytes, 0);
    const isTooLarge = bytes > MAX_WAITING_BYTES && this.#waiting.length > 1;
    return isTooLarge || this.#waiting.length > MAX_WAITING;
  }

  #refuseLast(): void {
    const bytesOf = new Map<string, number>();
    for (const { sender, bytes } of this.#waiting)
      bytesOf.set(sender, (bytesOf.get(sender) ?? 0) + 1 + bytes);
    const most = Math.max(...bytesOf.values());
    const refused = this.#waiting.findLast(({ sender }) => bytesOf.get(sender) === most);
    this.#waiting = this.#waiting.filter((one) => one !== refused);
    const detail = "too many messages that are large, or of senders that held up matching, wait";
    refused?.refuse(
      new HookyardError("overloaded", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS }),
    );
  }

  /** Senders take turns: the one served last comes after the others. */
  #leave(): void {
    const isOther = ({ sender }: Waiting) => sender !== this.#lastSender;
    const next = this.#waiting.find(isOther) ?? this.#waiting[0];
    this.#isBusy = next !== undefined;
    if (next === undefined) return;
    this.#lastSender = next.sender;
    this.#waiting = this.#waiting.filter((one) => one !== next);
    next.enter();
  }
}

const bodyBytes = (body: Buffer, decodedBody: Buffer | undefined): number =>
  Math.max(body.length, decodedBody?.length ?? 0);
