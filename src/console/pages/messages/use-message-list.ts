/** The list of messages: pages on demand, and live messages in front. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { answerOf, api } from "../../api/client.ts";
import { apiQuery, type Filter } from "./filter.ts";
import { type Message, useLiveMessages } from "./live-messages.ts";
import { type MessagePages, newerThan, prepended, updated } from "./message-pages.ts";

const PAGE = 100;
const FIRST_PAGE = "";

const readPage = (filter: Filter, cursor: string, signal?: AbortSignal) => {
  const query = {
    ...apiQuery(filter),
    limit: PAGE,
    ...(cursor === FIRST_PAGE ? {} : { cursor }),
  };
  return answerOf(
    api.GET("/api/v1/messages", {
      params: { query },
      ...(signal === undefined ? {} : { signal }),
    }),
  );
};

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
    queryFn: ({ pageParam, signal }) => readPage(filter, pageParam, signal),
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
  const take = (batch: ReadonlyMap<string, Message>) => {
    change((pages) => updated(pages, batch));
    const all = new Map([...waiting, ...batch]);
    if (!isHeld) return show(all);
    const pages = queries.getQueryData<MessagePages>(queryKey);
    if (pages !== undefined)
      setWaiting(new Map(newerThan(pages, all).map((message) => [message.id, message])));
  };
  const catchUp = async () => {
    const { items: newest } = await readPage(filter, FIRST_PAGE);
    const batch = new Map(newest.map((message) => [message.id, message]));
    const pages = queries.getQueryData<MessagePages>(queryKey);
    // Between these and the loaded ones, others may be missing.
    const isGap = pages !== undefined && newerThan(pages, batch).length === PAGE;
    if (isGap) await queries.resetQueries({ queryKey });
    else take(batch);
  };
  useLiveMessages({
    filter,
    isOn: filter.to === undefined && list.isSuccess,
    onBatch: take,
    // Without an answer the banner of the lost connection is shown, and the stream opens again.
    onOpen: () => void catchUp().catch(() => undefined),
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
