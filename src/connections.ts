/** Who is connected, and which of them wait for their sender: those go first when there are too many, or at the end. */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

export class Connections {
  /** With the latest request of each, the oldest connection first. */
  readonly #requests = new Map<Socket, IncomingMessage | undefined>();

  /**
   * Past `max` (0: never) room for one more is made by closing the oldest connection that waits for its sender. Refusing
   * new ones instead would let whoever opens enough of them lock everybody else out.
   */
  constructor(server: Server, max: number) {
    const noteRequest = (request: IncomingMessage) =>
      void this.#requests.set(request.socket, request);
    server.on("request", noteRequest).on("checkContinue", noteRequest);
    server.on("connection", (socket: Socket) => {
      this.#requests.set(socket, undefined);
      socket.once("close", () => void this.#requests.delete(socket));
      if (max > 0 && this.#requests.size > max) this.#waiting().next().value?.destroy();
    });
  }

  /** Closes every connection whose sender has not sent a whole request. */
  closeWaiting(): void {
    for (const socket of [...this.#waiting()]) socket.destroy();
  }

  *#waiting(): Generator<Socket, undefined> {
    for (const [socket, request] of this.#requests) {
      const isAsking = request?.complete === true && !request.destroyed;
      if (!socket.destroyed && !isAsking) yield socket;
    }
  }
}
