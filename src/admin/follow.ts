/** `GET /messages/events`: one connection that follows the message log. */
import type { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { Caller } from "../model/permission.ts";
import type { ListedMessage, MessageFilter } from "../store/messages/message-list.ts";
import type { EventStream } from "./event-stream.ts";
import type { Follower, MessageFeed, Place } from "./message-feed.ts";
import type { listedMessage } from "./message-schemas.ts";
import { listedView, seenBy } from "./message-view.ts";
import type { TokenLife } from "./token-watch.ts";

/** What happens within this is sent together: with it the rows are read together. */
const TOGETHER_MS = 20;
const AT_ONCE = 100;
const MAX_FOLLOWERS = 50;
/** One client must not take the places of all others. */
const MAX_FOLLOWERS_OF_TOKEN = 10;
/** After the message log could not be searched. */
const AGAIN_AFTER_MS = 1000;
const RETRY_AFTER_SECONDS = 10;

export type FollowFilter = Omit<MessageFilter, "limit" | "before">;

export type PickMessages = (
  ids: readonly string[],
  filter: FollowFilter,
) => Promise<readonly ListedMessage[]>;

export interface FollowDeps {
  readonly feed: MessageFeed;
  readonly caller: Caller;
  /** Of the caller's token. */
  readonly life: TokenLife;
  /** Those of these messages that fit the filter. */
  readonly pick: PickMessages;
}

/** Throws `too_many_followers`, or `rate_limited` when it is this token that follows too often. */
export function assertRoom({ feed, caller }: Pick<FollowDeps, "feed" | "caller">): void {
  const own = feed.followersOf(caller.id);
  if (own >= MAX_FOLLOWERS_OF_TOKEN) {
    const detail = `${own} connections of the token ${JSON.stringify(caller.name)} follow the log, at most ${MAX_FOLLOWERS_OF_TOKEN} may: end one of them, or share one between those who read it`;
    throw new HookyardError("rate_limited", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  if (feed.followers < MAX_FOLLOWERS) return;
  const detail = `${feed.followers} connections follow the log, at most ${MAX_FOLLOWERS} may: end one, or ask for the list now and then`;
  throw new HookyardError("too_many_followers", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

export class MessageFollower implements Follower, Disposable {
  readonly #deps: FollowDeps;
  readonly #out: EventStream;
  readonly #filter: FollowFilter;
  #after: number;
  /** Set from a wake-up until what it found has been sent. */
  #timer: NodeJS.Timeout | undefined;
  #isLeft = false;

  constructor(out: EventStream, filter: FollowFilter, deps: FollowDeps, place: Place) {
    this.#deps = deps;
    this.#out = out;
    this.#filter = filter;
    this.#after = place.after;
    if (place.gapSince !== undefined) this.#tellGap(place.gapSince);
    out.place = deps.feed.idOf(this.#after);
    out.onRoom(() => this.wake());
    deps.life.ended.addEventListener("abort", () => this.#refuse());
    if (deps.feed.join(this)) this.wake();
    else this.stop();
  }

  get owner(): string {
    return this.#deps.caller.id;
  }

  wake(afterMs = TOGETHER_MS): void {
    if (this.#isLeft) return;
    this.#timer ??= setTimeout(() => void this.#sendAndGoOn(), afterMs).unref();
  }

  stop(): void {
    const detail = "the server is stopping: connect again to go on where this ended";
    this.#end("stopping", detail);
  }

  [Symbol.dispose](): void {
    this.#isLeft = true;
    clearTimeout(this.#timer);
    this.#deps.feed.leave(this);
    this.#deps.life[Symbol.dispose]();
  }

  async #sendAndGoOn(): Promise<void> {
    const sent = await this.#send().catch(() => "failed" as const);
    this.#timer = undefined;
    if (sent === "failed") this.wake(AGAIN_AFTER_MS);
    else if (sent === "some") this.wake();
  }

  /** Sends the next few. What is not sent while searching lags stays in the feed, until that has forgotten it. */
  async #send(): Promise<"some" | "none"> {
    const { feed, pick } = this.#deps;
    const entries = feed.after(this.#after, AT_ONCE);
    if (entries === undefined) {
      const detail =
        "more happened than this connection could be told in time: read faster, narrow the filter, or list what is missing";
      this.#end("too_slow", detail);
      return "none";
    }
    if (entries.length === 0 || !this.#out.hasRoom) return "none";
    const placed = entries.map((entry) => ({ ...entry, place: feed.idOf(entry.number) }));
    const ids = [...new Set(entries.map(({ messageId }) => messageId))];
    const rows = new Map((await pick(ids, this.#filter)).map((row) => [row.id, row]));
    if (this.#isLeft || !this.#isAllowed()) return "none";
    for (const { number, happening, messageId, place } of placed) {
      const row = rows.get(messageId);
      if (row !== undefined) this.#out.send(happening, this.#view(row), place);
      this.#out.place = place;
      this.#after = number;
    }
    return "some";
  }

  /** The watch looks now and then; what is sent is not to wait for that. */
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
    return listedView(row, seenBy(this.#deps.caller));
  }

  #refuse(): void {
    this.#end("refused", "the token was deleted, has expired, or has other permissions now");
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
