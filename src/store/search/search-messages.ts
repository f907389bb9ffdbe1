/**
 * Finds messages by text. Every candidate of the index is checked, so there are no false hits; messages not indexed yet
 * are checked one by one. A search that reaches its time limit stops early, and its page says where to continue.
 */

import type { ListedMessage, MessageFilter, MessagePage } from "../messages/message-list.ts";
import { selectMessages } from "../messages/message-list.ts";
import { type Beginning, beginningOf, unpackBeginning } from "../messages/packed-body.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { queryBuilder } from "../sqlite/query-builder.ts";
import type { SearchIndex } from "./search-index.ts";
import { folded, holdsText, MAX_READ_BYTES } from "./searched-text.ts";
import { trigramExpression } from "./trigrams.ts";

/** Messages checked one by one before the index is used: finds a frequent word sooner. */
const MIN_CHECKED = 200;
/** SQLite's value for no limit. */
const ALL = -1;
/** After this time a search stops; its page may be short. */
const MAX_MS = 150;

interface Search {
  readonly filter: MessageFilter;
  /** One more than the page holds: it shows whether there is a next page. */
  readonly wantedRows: number;
  readonly containsSought: (id: string) => boolean;
  readonly found: ListedMessage[];
  /** Messages checked so far. */
  checked: number;
  readonly until: number;
}

/** How far a part of a search came: the last id it checked, and whether no older message is left. */
interface Coverage {
  readonly before: string | undefined;
  readonly ended: boolean;
}

export function searchMessages(
  log: Sqlite,
  index: SearchIndex | undefined,
  filter: MessageFilter & { readonly q: string },
): MessagePage {
  const sought = folded(filter.q);
  // Loads the query builder before the time limit starts.
  queryBuilder();
  const search: Search = {
    filter,
    wantedRows: filter.limit + 1,
    containsSought: textMatcher(log, sought),
    found: [],
    checked: 0,
    until: performance.now() + MAX_MS,
  };
  const indexed = index?.last()?.lastId;
  const expression = trigramExpression(sought);
  const hasIndex = index !== undefined && indexed !== undefined && expression !== undefined;
  const first = scanLog(log, search, hasIndex ? indexed : "");
  const coverage =
    first.ended || !hasIndex || isDone(search)
      ? first
      : searchIndexed(log, search, { index, expression, before: first.before });
  return pageOf(search, coverage);
}

/** A search checks a minimum of messages, however slow the machine is. */
const isDone = ({ found, wantedRows, checked, until }: Search) =>
  found.length >= wantedRows || (checked >= MIN_CHECKED && performance.now() > until);

function check(search: Search, row: ListedMessage): void {
  search.checked += 1;
  if (search.containsSought(row.id)) search.found.push(row);
}

function pageOf({ found, filter: { limit } }: Search, coverage: Coverage): MessagePage {
  const items = found.slice(0, limit);
  if (found.length > limit) return { items, nextCursor: items.at(-1)?.id ?? null };
  return { items, nextCursor: coverage.ended ? null : (coverage.before ?? null) };
}

function textMatcher(log: Sqlite, sought: string): (id: string) => boolean {
  const content = log.prepare<[string], Beginning & { readonly headers: string }>(
    `SELECT headers, ${beginningOf(MAX_READ_BYTES)}
     FROM content JOIN message ON message.id = message_id WHERE message_id = ?`,
  );
  return (id) => {
    const row = content.get(id);
    return row !== undefined && holdsText(row.headers, unpackBeginning(row), sought);
  };
}

/** Checks messages one by one, newest first, down to where the index begins and a few further. */
function scanLog(log: Sqlite, search: Search, indexed: string): Coverage {
  let { before } = search.filter;
  for (const row of newestFirst(log, search.filter)) {
    check(search, row);
    before = row.id;
    const isEnough = search.checked >= MIN_CHECKED && row.id <= indexed;
    if (isEnough || isDone(search)) return { before, ended: false };
  }
  return { before, ended: true };
}

function* newestFirst(log: Sqlite, filter: MessageFilter): Generator<ListedMessage> {
  for (let { before } = filter; ; ) {
    const rows = selectMessages(log, { ...filter, before }, MIN_CHECKED);
    yield* rows;
    if (rows.length < MIN_CHECKED) return;
    before = rows.at(-1)?.id;
  }
}

interface IndexedSearch {
  readonly index: SearchIndex;
  readonly expression: string;
  readonly before: string | undefined;
}

/** Checks the candidates of the index, older than `before`. */
function searchIndexed(
  log: Sqlite,
  search: Search,
  { index, expression, before: start }: IndexedSearch,
): Coverage {
  let before = start;
  const newest = (before === undefined ? undefined : index.blockOf(before)) ?? index.last();
  for (const block of index.candidates(expression, newest?.number ?? 0)) {
    const range = { before: earlier(before, next(block.lastId)), downTo: next(block.after) };
    for (const row of selectMessages(log, { ...search.filter, ...range }, ALL)) check(search, row);
    before = range.downTo;
    if (isDone(search)) return { before: oldestFrom(log, before), ended: false };
  }
  return { before, ended: true };
}

const earlier = (a: string | undefined, b: string) => (a === undefined || a > b ? b : a);

/** A bound that sorts right after an id and before every greater one. */
const next = (id: string) => `${id}0`;

/** The oldest message at or after an id, as the cursor must be the id of a message. */
const oldestFrom = (log: Sqlite, from: string): string | undefined =>
  log
    .prepare<[string], string>("SELECT id FROM message WHERE id >= ? ORDER BY id LIMIT 1")
    .pluck()
    .get(from);
