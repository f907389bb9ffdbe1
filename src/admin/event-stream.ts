/** One connection that server-sent events go out on: what cannot be sent yet is left to whoever has it. */
import type { ServerResponse } from "node:http";

/** Proxies cut connections on which nothing comes for a minute. */
const HEARTBEAT_MS = 15_000;
/** How soon a client connects again by itself. */
const RETRY_MS = 2000;
/** For the last event to go out to a reader that is slow. */
const LAST_WITHIN_MS = 5000;

export class EventStream {
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;
  /** Where a client goes on that connects again; sent with each heartbeat, for when nothing else was. */
  place: string | undefined;
  #hasRoom = true;
  #ended = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    response.once("close", () => this.#stop());
    response.on("drain", () => {
      this.#hasRoom = true;
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** False while the reader has not taken what it was sent: `onRoom` tells when it has. */
  get hasRoom(): boolean {
    return this.#hasRoom && !this.#ended;
  }

  onRoom(then: () => void): void {
    this.#response.on("drain", then);
  }

  /** `data` goes out as JSON; without an `id` the client's place in the stream stays what it was. */
  send(event: string, data: unknown, id?: string): void {
    if (this.#ended) return;
    const place = id === undefined ? "" : `id: ${id}\n`;
    this.#hasRoom = this.#response.write(
      `event: ${event}\n${place}data: ${JSON.stringify(data)}\n\n`,
    );
  }

  /** Sends a last event and ends the connection, cut off when that does not go out. */
  end(event: string, data: unknown): void {
    if (this.#ended) return;
    this.send(event, data);
    this.#stop();
    this.#response.end();
    setTimeout(() => this.#response.destroy(), LAST_WITHIN_MS).unref();
  }

  #beat(): void {
    const place = this.place === undefined ? "" : `id: ${this.place}\n`;
    if (this.hasRoom) this.#hasRoom = this.#response.write(`: still here\n${place}\n`);
  }

  #stop(): void {
    this.#ended = true;
    clearInterval(this.#heartbeat);
  }
}
