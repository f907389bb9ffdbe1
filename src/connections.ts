/** Who is connected, and which of them wait for their sender: those go first when there are too many, or at the end. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export class Connections {
  /** With the latest answer of each, given or not; the oldest connection first. */
  readonly #answers = new Map<Socket, ServerResponse | undefined>();

  /**
   * Past `max` (0: never) room for one more is made by closing the oldest connection that waits for its sender. Refusing
   * new ones instead would let whoever opens enough of them lock everybody else out.
   */
  constructor(server: Server, max: number) {
    const noteRequest = ({ socket }: IncomingMessage, answer: ServerResponse) =>
      void this.#answers.set(socket, answer);
    server.on("request", noteRequest).on("checkContinue", noteRequest);
    server.on("connection", (socket: Socket) => {
      this.#answers.set(socket, undefined);
      socket.once("close", () => void this.#answers.delete(socket));
      if (max > 0 && this.#answers.size > max) this.#waiting().next().value?.destroy();
    });
  }

  /** Closes every connection whose sender has not sent a whole request. */
  closeWaiting(): void {
    for (const socket of [...this.#waiting()]) socket.destroy();
  }

  *#waiting(): Generator<Socket, undefined> {
    for (const [socket, answer] of this.#answers) {
      const isAnswered = answer === undefined || answer.writableFinished;
      if (!socket.destroyed && (isAnswered || !answer.req.complete)) yield socket;
    }
  }
}
