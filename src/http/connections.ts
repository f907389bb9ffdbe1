/** Who is connected, and which of them wait for their sender: those go first when there are too many, or at the end. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { senderKey } from "../model/remote-address.ts";

export interface ConnectionRules {
  /** Connections at once; 0 for any number. */
  readonly max: number;
  /** All connections come from the proxy: its address is not to be blamed for their number. */
  readonly trustProxy: boolean;
}

export class Connections {
  readonly #trustProxy: boolean;
  /** With the latest answer of each, given or not. */
  readonly #answers = new Map<Socket, ServerResponse | undefined>();
  /** By the address they come from, the oldest first. */
  readonly #sockets = new Map<string, Set<Socket>>();
  /** Addresses by their number of connections. */
  readonly #addresses = new Map<number, Set<string>>();
  #most = 0;

  /**
   * Past the limit, room for one more is made by closing a connection that waits for its sender, or for it to read what
   * it was answered: the oldest one of the address with the most connections. To refuse new ones instead would let one
   * address lock all others out.
   */
  constructor(server: Server, { max, trustProxy }: ConnectionRules) {
    this.#trustProxy = trustProxy;
    const noteRequest = ({ socket }: IncomingMessage, answer: ServerResponse) =>
      void this.#answers.set(socket, answer);
    server.on("request", noteRequest).on("checkContinue", noteRequest);
    server.on("connection", (socket: Socket) => {
      this.#add(socket);
      if (max > 0 && this.#answers.size > max) this.#closeOne();
    });
  }

  /** Closes every connection whose sender has not sent a whole request. */
  closeWaiting(): void {
    for (const socket of [...this.#byNumber()]) if (this.#isWaiting(socket)) socket.destroy();
  }

  #closeOne(): void {
    for (const socket of this.#byNumber()) {
      if (!this.#isWaiting(socket) && !this.#isUnread(socket)) continue;
      socket.destroy();
      return;
    }
  }

  #add(socket: Socket): void {
    const address = this.#trustProxy ? "" : senderKey(socket.remoteAddress ?? "");
    const ofAddress = this.#sockets.get(address) ?? new Set();
    this.#answers.set(socket, undefined);
    this.#sockets.set(address, ofAddress.add(socket));
    this.#count(address, ofAddress.size - 1, ofAddress.size);
    socket.once("close", () => {
      this.#answers.delete(socket);
      ofAddress.delete(socket);
      this.#count(address, ofAddress.size + 1, ofAddress.size);
      if (ofAddress.size === 0) this.#sockets.delete(address);
    });
  }

  /** The number of connections of an address changed by one. */
  #count(address: string, before: number, now: number): void {
    this.#addresses.get(before)?.delete(address);
    if (this.#addresses.get(before)?.size === 0) this.#addresses.delete(before);
    if (now > 0)
      this.#addresses.set(now, (this.#addresses.get(now) ?? new Set<string>()).add(address));
    this.#most = Math.max(this.#most, now);
    if (!this.#addresses.has(this.#most)) this.#most = now;
  }

  /** Those of the addresses with the most first, and of one address the oldest first. */
  *#byNumber(): Generator<Socket, undefined> {
    for (let count = this.#most; count > 0; count--)
      for (const address of this.#addresses.get(count) ?? [])
        yield* this.#sockets.get(address) ?? [];
  }

  #isWaiting(socket: Socket): boolean {
    const answer = this.#answers.get(socket);
    const isAnswered = answer === undefined || answer.writableFinished;
    return !socket.destroyed && (isAnswered || !answer.req.complete);
  }

  /** All of its answer is there, and it takes none of it, or slowly. */
  #isUnread(socket: Socket): boolean {
    return !socket.destroyed && this.#answers.get(socket)?.writableEnded === true;
  }
}
