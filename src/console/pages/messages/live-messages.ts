/** Follows the message log: the events of messages that match a filter, in batches. */
import { useEffect, useEffectEvent } from "react";
import { checkConnection, whenBack } from "../../api/connection.ts";
import type { components } from "../../api/description.ts";
import { apiQuery, type Filter } from "./filter.ts";

export type Message = components["schemas"]["Message"];

/** Often enough to look immediate; at a hundred messages a second still only four changes of the page. */
const BATCH_EVERY_MS = 250;
/** The server ends a stream that is too slow, and refuses one too many. */
const REOPEN_AFTER_MS = 3000;

interface Options {
  readonly filter: Filter;
  readonly isOn: boolean;
  /** The newest state of each message of the batch, by id. */
  readonly onBatch: (messages: ReadonlyMap<string, Message>) => void;
  /** A connection is open. What happened before it is not among its events. */
  readonly onOpen: () => void;
}

/** While the tab is hidden the connection is closed: a browser allows six to one server. */
export function useLiveMessages({ filter, isOn, onBatch, onOpen }: Options): void {
  const batch = useEffectEvent(onBatch);
  const opened = useEffectEvent(onOpen);
  const key = addressOf(filter);
  useEffect(() => {
    if (!isOn) return undefined;
    const follower = new Follower(key, batch, opened);
    return () => follower.close();
  }, [key, isOn]);
}

function addressOf(filter: Filter): string {
  const query = Object.entries(apiQuery({ ...filter, last: "" })).map(
    ([name, value]): [string, string] => [name, String(value)],
  );
  return `/api/v1/messages/events?${new URLSearchParams(query)}`;
}

class Follower {
  readonly #address: string;
  readonly #onBatch: Options["onBatch"];
  readonly #onOpen: Options["onOpen"];
  readonly #stopListening: () => void;
  #source: EventSource | undefined;
  #waiting = new Map<string, Message>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reopening: ReturnType<typeof setTimeout> | undefined;

  constructor(address: string, onBatch: Options["onBatch"], onOpen: Options["onOpen"]) {
    this.#address = address;
    this.#onBatch = onBatch;
    this.#onOpen = onOpen;
    const onVisibility = () => (document.hidden ? this.#stop() : this.#open());
    document.addEventListener("visibilitychange", onVisibility);
    const stop = whenBack(() => this.#open());
    this.#stopListening = () => {
      document.removeEventListener("visibilitychange", onVisibility);
      stop();
    };
    this.#open();
  }

  close(): void {
    this.#stopListening();
    this.#stop();
    clearTimeout(this.#timer);
  }

  #open(): void {
    if (this.#source !== undefined || document.hidden) return;
    const source = new EventSource(this.#address);
    this.#source = source;
    for (const name of ["accepted", "ended"])
      source.addEventListener(name, (event: MessageEvent<string>) => this.#take(event.data));
    source.addEventListener("open", () => this.#onOpen());
    source.addEventListener("error", () => {
      // The browser would try again by itself, but not after each kind of error.
      this.#stop();
      void checkConnection();
      this.#reopening = setTimeout(() => this.#open(), REOPEN_AFTER_MS);
    });
  }

  #stop(): void {
    clearTimeout(this.#reopening);
    this.#source?.close();
    this.#source = undefined;
  }

  #take(data: string): void {
    const message: Message = JSON.parse(data);
    this.#waiting.set(message.id, message);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const batch = this.#waiting;
      this.#waiting = new Map();
      this.#onBatch(batch);
    }, BATCH_EVERY_MS);
  }
}
