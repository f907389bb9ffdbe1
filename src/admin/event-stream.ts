/** One connection for server-sent events. It does not buffer: a sender checks `hasRoom` first. */
import type { ServerResponse } from "node:http";

/** Some proxies close connections that are idle for a minute. */
const HEARTBEAT_MS = 15_000;
/** Delay after which a client reconnects by itself. */
const RETRY_MS = 2000;
/** Time for the last event to reach a slow reader. */
const LAST_WITHIN_MS = 5000;

export class EventStream {
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;
  /**
   * The event id that a reconnecting client continues from; sent with each heartbeat too, as there may be no other
   * event.
   */
  lastEventId: string | undefined;
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

  /** False while earlier events are still buffered; `onRoom` calls back when they are sent. */
  get hasRoom(): boolean {
    return this.#hasRoom && !this.#ended;
  }

  onRoom(then: () => void): void {
    this.#response.on("drain", then);
  }

  /** `data` is sent as JSON; without an `id` the client keeps its last event id. */
  send(event: string, data: unknown, id?: string): void {
    if (this.#ended) return;
    const idLine = id === undefined ? "" : `id: ${id}\n`;
    this.#hasRoom = this.#response.write(
      `event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`,
    );
  }

  /** Sends a last event and ends the connection; cuts it off if the event is not sent in time. */
  end(event: string, data: unknown): void {
    if (this.#ended) return;
    this.send(event, data);
    this.#stop();
    this.#response.end();
    setTimeout(() => this.#response.destroy(), LAST_WITHIN_MS).unref();
  }

  #beat(): void {
    const idLine = this.lastEventId === undefined ? "" : `id: ${this.lastEventId}\n`;
    if (this.hasRoom) this.#hasRoom = this.#response.write(`: still here\n${idLine}\n`);
  }

  #stop(): void {
    this.#ended = true;
    clearInterval(this.#heartbeat);
  }
}
