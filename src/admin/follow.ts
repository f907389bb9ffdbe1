/** `GET /messages/events`: one connection that follows the message log. */
import type { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { Caller } from "../model/permission.ts";
import type { ListedMessage, MessageFilter } from "../store/messages/message-list.ts";
import type { EventStream } from "./event-stream.ts";
import type { Follower, MessageFeed, Place } from "./message-feed.ts";
import type { listedMessage } from "./message-schemas.ts";
import { listedView, type NearUrisOf, seenBy } from "./message-view.ts";
import type { TokenLife } from "./token-watch.ts";

/** Events within this time are sent together, with one read of their rows. */
const GATHER_MS = 20;
const BATCH = 100;
const MAX_FOLLOWERS = 50;
/** One client must not take all connections. */
const MAX_FOLLOWERS_OF_TOKEN = 10;
/** Delay of the next try after a search of the message log failed. */
const RETRY_MS = 1000;
const RETRY_AFTER_SECONDS = 10;

export type FollowFilter = Omit<MessageFilter, "limit" | "before">;

export type PickMessages = (
  ids: readonly string[],
  filter: FollowFilter,
) => Promise<readonly ListedMessage[]>;

export interface FollowDeps {
  readonly feed: MessageFeed;
  readonly caller: Caller;
  /** Life of the caller's token. */
  readonly life: TokenLife;
  /** The messages among `ids` that match the filter. */
  readonly pick: PickMessages;
  readonly nearUris: NearUrisOf;
}

/** Throws `too_many_followers`, or `rate_limited` when this token has too many connections. */
export function assertFollowerLimit({ feed, caller }: Pick<FollowDeps, "feed" | "caller">): void {
  const ofToken = feed.followersOf(caller.id);
  if (ofToken >= MAX_FOLLOWERS_OF_TOKEN) {
    const detail = `${ofToken} connections of the token ${JSON.stringify(caller.name)} follow the log, at most ${MAX_FOLLOWERS_OF_TOKEN} are allowed: end one of them, or share one connection between its readers`;
    throw new HookyardError("rate_limited", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  if (feed.followers < MAX_FOLLOWERS) return;
  const detail = `${feed.followers} connections follow the log, at most ${MAX_FOLLOWERS} are allowed: end one, or poll the list instead`;
  throw new HookyardError("too_many_followers", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

export class MessageFollower implements Follower, Disposable {
  readonly #deps: FollowDeps;
  readonly #out: EventStream;
  readonly #filter: FollowFilter;
  #after: number;
  /** Set from a wake-up until its events are sent. */
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(out: EventStream, filter: FollowFilter, deps: FollowDeps, place: Place) {
    this.#deps = deps;
    this.#out = out;
    this.#filter = filter;
    this.#after = place.after;
    if (place.gapSince !== undefined) this.#sendGap(place.gapSince);
    out.lastEventId = deps.feed.idOf(this.#after);
    out.onRoom(() => this.wake());
    deps.life.ended.addEventListener("abort", () => this.#refuse());
    if (deps.feed.join(this)) this.wake();
    else this.stop();
  }

  get owner(): string {
    return this.#deps.caller.id;
  }

  wake(afterMs = GATHER_MS): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => void this.#sendAndGoOn(), afterMs).unref();
  }

  stop(): void {
    const detail = "the server is stopping: reconnect to continue after the last event";
    this.#end("stopping", detail);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#deps.feed.leave(this);
    this.#deps.life[Symbol.dispose]();
  }

  async #sendAndGoOn(): Promise<void> {
    const sent = await this.#send().catch(() => "failed" as const);
    this.#timer = undefined;
    if (sent === "failed") this.wake(RETRY_MS);
    else if (sent === "some") this.wake();
  }

  /** Sends the next batch. While searching fails, events stay in the feed until it drops them. */
  async #send(): Promise<"some" | "none"> {
    const { feed, pick } = this.#deps;
    const entries = feed.after(this.#after, BATCH);
    if (entries === undefined) {
      const detail =
        "this connection was too slow, and events were dropped: read faster, narrow the filter, or list the missing messages";
      this.#end("too_slow", detail);
      return "none";
    }
    if (entries.length === 0 || !this.#out.hasRoom) return "none";
    const placed = entries.map((entry) => ({ ...entry, place: feed.idOf(entry.number) }));
    const ids = [...new Set(entries.map(({ messageId }) => messageId))];
    const rows = new Map((await pick(ids, this.#filter)).map((row) => [row.id, row]));
    if (this.#isClosed || !this.#isAllowed()) return "none";
    for (const { number, event, messageId, place } of placed) {
      const row = rows.get(messageId);
      if (row !== undefined) this.#out.send(event, this.#view(row), place);
      this.#out.lastEventId = place;
      this.#after = number;
    }
    return "some";
  }

  /** The token watch polls; an event must not be sent in between. */
  #isAllowed(): boolean {
    try {
      this.#deps.life.assertGood();
      return true;
    } catch {
      this.#refuse();
      return false;
    }
  }

  #view(row: ListedMessage): z.input<typeof listedMessage> {
    const { caller, nearUris } = this.#deps;
    return listedView(row, seenBy(caller), nearUris);
  }

  #refuse(): void {
    this.#end("refused", "the token was deleted, has expired, or has other permissions now");
  }

  #sendGap(since: number): void {
    const detail =
      "what happened since is not known any more in part: list the messages from then on";
    this.#out.send("gap", { detail, since: since === 0 ? null : new Date(since).toISOString() });
  }

  #end(code: "stopping" | "too_slow" | "refused", detail: string): void {
    this[Symbol.dispose]();
    this.#out.end("end", { code, detail });
  }
}
