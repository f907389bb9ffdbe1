/**
 * Who is matched away from everybody else: large messages, those that ended or held up a match process, and for a while all
 * from the senders of the latter. They are matched one at a time, in a process that nothing else needs, so that what one of
 * them costs is paid by the others of their kind at most.
 */
import { HookyardError } from "../../errors.ts";
import type { ChildMessage } from "../wire/protocol.ts";

/** A message with a larger body, as it came or decoded, is not matched beside others. */
const LARGE_BYTES = 1024 * 1024;
/** CPU time of matching one message, past which it has held up those behind it. */
const HELD_UP_MS = 250;
/** A sender is trusted again after so long without any such message. */
const SUSPECT_MS = 300_000;
const MAX_SUSPECTS = 10_000;
/** Messages that wait here are held in memory, beside those that are being received. */
const MAX_WAITING = 32;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 10;

/** Trials share the turns of one sender, which is never suspect. */
const NOBODY = "";

interface Waiting {
  readonly sender: string;
  readonly bytes: number;
  readonly enter: () => void;
  readonly refuse: (reason: HookyardError) => void;
}

export class Quarantine {
  /** By sender, until when it is suspect, in milliseconds of `performance.now`; the longest known first. */
  readonly #suspects = new Map<string, number>();
  #waiting: readonly Waiting[] = [];
  #isBusy = false;
  #lastSender = NOBODY;

  /** Whether a message is to be matched here from the start. */
  isFor({ body, decodedBody }: ChildMessage, sender = NOBODY): boolean {
    return bodyBytes(body, decodedBody) > LARGE_BYTES || this.#isSuspect(sender);
  }

  /** A message of the sender ended the process it was matched in. */
  suspect(sender = NOBODY): void {
    if (sender === NOBODY) return;
    this.#suspects.delete(sender);
    this.#suspects.set(sender, performance.now() + SUSPECT_MS);
    const [oldest] = this.#suspects.keys();
    if (this.#suspects.size > MAX_SUSPECTS && oldest !== undefined) this.#suspects.delete(oldest);
  }

  /** What matching a message beside others has cost. */
  matched(sender: string | undefined, cpuMs: number): void {
    if (cpuMs > HELD_UP_MS) this.suspect(sender);
  }

  /**
   * Resolves when it is the message's turn, which lasts until what is returned is disposed of. Throws `overloaded` when too much waits
   * already: of the sender that has the most waiting, the last to come goes.
   */
  async enter({ body, decodedBody }: ChildMessage, sender = NOBODY): Promise<Disposable> {
    if (this.#isBusy) await this.#wait(sender, body.length + (decodedBody?.length ?? 0));
    this.#isBusy = true;
    this.#lastSender = sender;
    return { [Symbol.dispose]: () => this.#leave() };
  }

  #wait(sender: string, bytes: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting = [...this.#waiting, { sender, bytes, enter: resolve, refuse: reject }];
    while (this.#isFull()) this.#refuseOne();
    return promise;
  }

  #isFull(): boolean {
    const bytes = this.#waiting.reduce((sum, one) => sum + one.bytes, 0);
    const isTooLarge = bytes > MAX_WAITING_BYTES && this.#waiting.length > 1;
    return isTooLarge || this.#waiting.length > MAX_WAITING;
  }

  #refuseOne(): void {
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

  /** Senders take turns: that which was served last comes after the others. */
  #leave(): void {
    const isOther = ({ sender }: Waiting) => sender !== this.#lastSender;
    const next = this.#waiting.find(isOther) ?? this.#waiting[0];
    this.#isBusy = next !== undefined;
    if (next === undefined) return;
    this.#lastSender = next.sender;
    this.#waiting = this.#waiting.filter((one) => one !== next);
    next.enter();
  }

  #isSuspect(sender: string): boolean {
    const until = this.#suspects.get(sender);
    if (until === undefined || performance.now() < until) return until !== undefined;
    this.#suspects.delete(sender);
    return false;
  }
}

const bodyBytes = (body: Buffer, decodedBody: Buffer | undefined): number =>
  Math.max(body.length, decodedBody?.length ?? 0);
