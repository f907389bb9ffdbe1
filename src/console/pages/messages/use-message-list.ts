/** The list of messages: pages on demand, and live messages in front. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { answerOf, api } from "../../api/client.ts";
import { apiQuery, type Filter } from "./filter.ts";
import { type Message, useLiveMessages } from "./live-messages.ts";
import { type MessagePages, newerThan, prepended, updated } from "./message-pages.ts";

const PAGE = 100;
const FIRST_PAGE = "";

export interface MessageList {
  readonly items: readonly Message[];
  /** Newer messages that are not shown yet, because the list is paused or scrolled. */
  readonly waiting: number;
  readonly showWaiting: () => void;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** With `isHeld`, new messages wait, so that rows do not move under the reader's eyes. */
export function useMessageList(filter: Filter, isHeld: boolean): MessageList {
  const queries = useQueryClient();
  const queryKey = useMemo(() => ["message-list", filter] as const, [filter]);
  const [waiting, setWaiting] = useState<ReadonlyMap<string, Message>>(new Map());
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => {
      const query = { ...apiQuery(filter), limit: PAGE };
      const cursor = pageParam === FIRST_PAGE ? {} : { cursor: pageParam };
      return answerOf(
        api.GET("/api/v1/messages", { params: { query: { ...query, ...cursor } }, signal }),
      );
    },
    initialPageParam: FIRST_PAGE,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    refetchOnWindowFocus: false,
  });
  const change = (to: (pages: MessagePages) => MessagePages) =>
    queries.setQueryData<MessagePages>(queryKey, (pages) =>
      pages === undefined ? undefined : to(pages),
    );
  const show = (batch: ReadonlyMap<string, Message>) => {
    change((pages) => prepended(pages, newerThan(pages, batch)));
    setWaiting(new Map());
  };
  useLiveMessages({
    filter,
    isOn: filter.to === undefined && list.isSuccess,
    onBatch: (batch) => {
      change((pages) => updated(pages, batch));
      const all = new Map([...waiting, ...batch]);
      if (!isHeld) return show(all);
      const { data } = list;
      if (data !== undefined)
        setWaiting(new Map(newerThan(data, all).map((message) => [message.id, message])));
    },
    onGap: () => void queries.resetQueries({ queryKey }),
  });
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  return {
    items,
    waiting: waiting.size,
    showWaiting: () => show(waiting),
    hasMore: list.hasNextPage,
    loadMore: () => {
      if (list.hasNextPage && !list.isFetching) void list.fetchNextPage();
    },
    isLoading: list.isPending,
    error: list.error,
    retry: () => void list.refetch(),
  };
}
