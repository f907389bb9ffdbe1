/** `GET /messages/events`: one connection that follows the message log. */
import type { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { ListedMessage, MessageFilter } from "../store/message-list.ts";
import type { EventStream } from "./event-stream.ts";
import type { FeedEntry, Follower, MessageFeed, Place } from "./message-feed.ts";
import type { listedMessage } from "./message-schemas.ts";
import { listedView } from "./message-view.ts";

/** What happens within this is sent together: with it the rows are read together. */
const TOGETHER_MS = 20;
const AT_ONCE = 100;
const MAX_FOLLOWERS = 50;
const RETRY_AFTER_SECONDS = 10;

export type FollowFilter = Omit<MessageFilter, "limit" | "before">;

export interface FollowSurroundings {
  readonly feed: MessageFeed;
  /** Whether the token is still good, and good for this. */
  readonly isAllowed: () => boolean;
  /** Those of these messages that fit the filter. */
  readonly pick: (ids: readonly string[], filter: FollowFilter) => readonly ListedMessage[];
}

/** Throws `too_many_followers`. */
export function assertRoom({ feed }: FollowSurroundings): void {
  if (feed.followers < MAX_FOLLOWERS) return;
  const detail = `${feed.followers} connections follow the log, at most ${MAX_FOLLOWERS} may: end one, or ask for the list now and then`;
  throw new HookyardError("too_many_followers", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

export class MessageFollower implements Follower, Disposable {
  readonly #around: FollowSurroundings;
  readonly #out: EventStream;
  readonly #filter: FollowFilter;
  #after: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: EventStream, filter: FollowFilter, around: FollowSurroundings, place: Place) {
    this.#around = around;
    this.#out = out;
    this.#filter = filter;
    this.#after = place.after;
    if (place.gapSince !== undefined) this.#tellGap(place.gapSince);
    out.place = around.feed.idOf(this.#after);
    out.onRoom(() => this.wake());
    if (around.feed.join(this)) this.wake();
    else this.stop();
  }

  wake(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#send();
    }, TOGETHER_MS).unref();
  }

  stop(): void {
    const detail = "the server is stopping: connect again to go on where this ended";
    this.#end("stopping", detail);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#around.feed.leave(this);
  }

  #send(): void {
    const entries = this.#around.feed.after(this.#after, AT_ONCE);
    if (entries === undefined) {
      const detail =
        "more happened than this connection could be told in time: read faster, narrow the filter, or list what is missing";
      this.#end("too_slow", detail);
      return;
    }
    if (entries.length === 0 || !this.#out.hasRoom) return;
    if (!this.#around.isAllowed()) {
      this.#end("refused", "the token was taken back, or has expired");
      return;
    }
    const fitting = this.#fitting(entries);
    for (const { number, happening, messageId } of entries) {
      const message = fitting.get(messageId);
      const id = this.#around.feed.idOf(number);
      if (message !== undefined) this.#out.send(happening, message, id);
      this.#out.place = id;
      this.#after = number;
    }
    this.wake();
  }

  #fitting(entries: readonly FeedEntry[]) {
    const ids = [...new Set(entries.map(({ messageId }) => messageId))];
    const rows = this.#around.pick(ids, this.#filter);
    return new Map<string, z.input<typeof listedMessage>>(
      rows.map((row) => [row.id, listedView(row)]),
    );
  }

  #tellGap(since: number): void {
    const detail =
      "what happened since is not known any more in part: list the messages from then on";
    this.#out.send("gap", { detail, since: since === 0 ? null : new Date(since).toISOString() });
  }

  #end(code: "stopping" | "too_slow" | "refused", detail: string): void {
    this[Symbol.dispose]();
    this.#out.end("end", { code, detail });
  }
}
