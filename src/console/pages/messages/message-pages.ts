/** The loaded part of the list, with live messages put into it. */
import type { InfiniteData } from "@tanstack/react-query";
import type { Message } from "./live-messages.ts";

export interface MessagePage {
  items: Message[];
  nextCursor: string | null;
}
export type MessagePages = InfiniteData<MessagePage, unknown>;

/** Above it the end of the list is dropped when new messages are put in front; scrolling loads it again. */
const MAX_LIVE = 2000;
const KEPT = 1000;

/** Replaces the messages that are loaded by their newest state. */
export function updated(pages: MessagePages, batch: ReadonlyMap<string, Message>): MessagePages {
  return {
    ...pages,
    pages: pages.pages.map((page) =>
      page.items.some(({ id }) => batch.has(id))
        ? { ...page, items: page.items.map((item) => batch.get(item.id) ?? item) }
        : page,
    ),
  };
}

/** The messages of the batch that are newer than the newest loaded one, newest first: ids start with their time. */
export function newerThan(
  pages: MessagePages,
  batch: ReadonlyMap<string, Message>,
): readonly Message[] {
  const newest = pages.pages.flatMap(({ items }) => items.slice(0, 1))[0]?.id ?? "";
  return [...batch.values()].filter(({ id }) => id > newest).toSorted(newestFirst);
}

const newestFirst = (a: Message, b: Message): number => (a.id < b.id ? 1 : -1);

/** Puts newer messages in front. */
export function prepended(pages: MessagePages, messages: readonly Message[]): MessagePages {
  const [first, ...others] = pages.pages;
  if (first === undefined || messages.length === 0) return pages;
  const next = { ...pages, pages: [{ ...first, items: [...messages, ...first.items] }, ...others] };
  const items = next.pages.flatMap((page) => page.items);
  if (items.length <= MAX_LIVE) return next;
  const kept = items.slice(0, KEPT);
  return {
    pages: [{ items: kept, nextCursor: kept.at(-1)?.id ?? null }],
    pageParams: pages.pageParams.slice(0, 1),
  };
}
