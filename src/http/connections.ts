/**
 * Tracks connections, and which of them wait for their client: the waiting ones are closed first when there are too
 * many, or at shutdown.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { senderKey } from "../model/remote-address.ts";

export interface ConnectionRules {
  /** Maximum number of connections; 0 for no limit. */
  readonly max: number;
  /** True if all connections come from a proxy: then connections are not counted by address. */
  readonly trustProxy: boolean;
}

export class Connections {
  readonly #trustProxy: boolean;
  /** Connections with their latest response, finished or not; undefined before the first request. */
  readonly #responses = new Map<Socket, ServerResponse | undefined>();
  readonly #apiCalls = new WeakSet<ServerResponse>();
  /** Connections by client address, the oldest first. */
  readonly #sockets = new Map<string, Set<Socket>>();
  /** Addresses, by the number of their connections. */
  readonly #addresses = new Map<number, Set<string>>();
  #maxCount = 0;

  /**
   * Above the limit, closes a connection that waits for its client to send or to read: the oldest one of the address
   * with the most connections. Refusing new connections instead would let one address lock out all others.
   */
  constructor(server: Server, { max, trustProxy }: ConnectionRules) {
    this.#trustProxy = trustProxy;
    const noteRequest = ({ socket, url = "" }: IncomingMessage, response: ServerResponse) => {
      this.#responses.set(socket, response);
      if (url.startsWith("/api/")) this.#apiCalls.add(response);
    };
    // Before the handlers, which change the URL.
    server.prependListener("request", noteRequest).on("checkExpectation", noteRequest);
    server.on("connection", (socket: Socket) => {
      this.#add(socket);
      socket.once("end", () => this.#endCall(socket));
      if (max > 0 && this.#responses.size > max) this.#closeOne();
    });
  }

  /** The response to the last request on the connection. */
  latestResponse(socket: Socket): ServerResponse | undefined {
    return this.#responses.get(socket);
  }

  /** Closes every connection whose client has not sent a whole request. */
  closeWaiting(): void {
    for (const socket of [...this.#byNumber()]) if (this.#isWaiting(socket)) socket.destroy();
  }

  /**
   * If none waits for its client, closes one whose client sends nothing more: it may have gone without reading its
   * answer.
   */
  #closeOne(): void {
    let halfClosed: Socket | undefined;
    for (const socket of this.#byNumber()) {
      if (!this.#isWaiting(socket) && !this.#isUnread(socket)) {
        if (socket.readableEnded) halfClosed ??= socket;
        continue;
      }
      socket.destroy();
      return;
    }
    halfClosed?.destroy();
  }

  /**
   * A sender that has closed its writing half waits for its answer. A caller of the API has gone: its event stream or
   * long call ends.
   */
  #endCall(socket: Socket): void {
    const response = this.#responses.get(socket);
    if (response !== undefined && this.#apiCalls.has(response)) socket.end();
  }

  #add(socket: Socket): void {
    const address = this.#trustProxy ? "" : senderKey(socket.remoteAddress ?? "");
    const ofAddress = this.#sockets.get(address) ?? new Set();
    this.#responses.set(socket, undefined);
    this.#sockets.set(address, ofAddress.add(socket));
    this.#count(address, ofAddress.size - 1, ofAddress.size);
    socket.once("close", () => {
      this.#responses.delete(socket);
      ofAddress.delete(socket);
      this.#count(address, ofAddress.size + 1, ofAddress.size);
      if (ofAddress.size === 0) this.#sockets.delete(address);
    });
  }

  /** Updates the indexes after the number of connections of an address has changed by one. */
  #count(address: string, before: number, now: number): void {
    this.#addresses.get(before)?.delete(address);
    if (this.#addresses.get(before)?.size === 0) this.#addresses.delete(before);
    if (now > 0)
      this.#addresses.set(now, (this.#addresses.get(now) ?? new Set<string>()).add(address));
    this.#maxCount = Math.max(this.#maxCount, now);
    if (!this.#addresses.has(this.#maxCount)) this.#maxCount = now;
  }

  /** Connections of the addresses with the most connections first; within an address, the oldest first. */
  *#byNumber(): Generator<Socket, undefined> {
    for (let count = this.#maxCount; count > 0; count--)
      for (const address of this.#addresses.get(count) ?? [])
        yield* this.#sockets.get(address) ?? [];
  }

  #isWaiting(socket: Socket): boolean {
    const response = this.#responses.get(socket);
    const isAnswered = response === undefined || response.writableFinished;
    return !socket.destroyed && (isAnswered || !response.req.complete);
  }

  /** The whole response is written, but the client reads it slowly or not at all. */
  #isUnread(socket: Socket): boolean {
    return !socket.destroyed && this.#responses.get(socket)?.writableEnded === true;
  }
}
