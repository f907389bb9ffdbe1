/**
 * Finds messages by text. What the index names is looked at before it counts, so that a hit is a hit; what is not
 * indexed yet is looked at without it. A search that takes long stops half-way, and its page says where.
 */

import type { ListedMessage, MessageFilter, MessagePage } from "../messages/message-list.ts";
import { selectMessages } from "../messages/message-list.ts";
import { type Beginning, beginningOf, unpackBeginning } from "../messages/packed-body.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { queryBuilder } from "../sqlite/query-builder.ts";
import type { SearchIndex } from "./search-index.ts";
import { folded, holdsText, MAX_READ_BYTES } from "./searched-text.ts";
import { trigramExpression } from "./trigrams.ts";

/** Looked at one by one before the index is asked: a word that is in many messages is found sooner this way. */
const AT_FIRST = 200;
/** As a limit of SQLite. */
const ALL = -1;
/** After this a search stops, with a page that may be short. */
const MAX_MS = 150;

interface Search {
  readonly filter: MessageFilter;
  /** One more than asked for: it tells whether there is another page. */
  readonly wanted: number;
  readonly holdsSought: (id: string) => boolean;
  readonly found: ListedMessage[];
  /** Messages that were. */
  lookedAt: number;
  readonly until: number;
}

/** What a part of a search came to: the last id that was looked at, and whether nothing is left behind it. */
interface Looked {
  readonly before: string | undefined;
  readonly ended: boolean;
}

export function searchMessages(
  log: Sqlite,
  index: SearchIndex | undefined,
  filter: MessageFilter & { readonly q: string },
): MessagePage {
  const sought = folded(filter.q);
  // Loading it is not to take of the time that a search has.
  queryBuilder();
  const search: Search = {
    filter,
    wanted: filter.limit + 1,
    holdsSought: finder(log, sought),
    found: [],
    lookedAt: 0,
    until: performance.now() + MAX_MS,
  };
  const indexed = index?.last()?.lastId;
  const expression = trigramExpression(sought);
  const hasIndex = index !== undefined && indexed !== undefined && expression !== undefined;
  const first = lookThrough(log, search, hasIndex ? indexed : "");
  const looked =
    first.ended || !hasIndex || isDone(search)
      ? first
      : lookUp(log, search, { index, expression, before: first.before });
  return pageOf(search, looked);
}

/** However slow the machine is, a search comes some way. */
const isDone = ({ found, wanted, lookedAt, until }: Search) =>
  found.length >= wanted || (lookedAt >= AT_FIRST && performance.now() > until);

function look(search: Search, row: ListedMessage): void {
  search.lookedAt += 1;
  if (search.holdsSought(row.id)) search.found.push(row);
}

function pageOf({ found, filter: { limit } }: Search, looked: Looked): MessagePage {
  const items = found.slice(0, limit);
  if (found.length > limit) return { items, nextCursor: items.at(-1)?.id ?? null };
  return { items, nextCursor: looked.ended ? null : (looked.before ?? null) };
}

function finder(log: Sqlite, sought: string): (id: string) => boolean {
  const content = log.prepare<[string], Beginning & { readonly headers: string }>(
    `SELECT headers, ${beginningOf(MAX_READ_BYTES)}
     FROM content JOIN message ON message.id = message_id WHERE message_id = ?`,
  );
  return (id) => {
    const row = content.get(id);
    return row !== undefined && holdsText(row.headers, unpackBeginning(row), sought);
  };
}

/** Looks at messages one by one, newest first, down to where the index begins and a few further. */
function lookThrough(log: Sqlite, search: Search, indexed: string): Looked {
  let { before } = search.filter;
  for (const row of newestFirst(log, search.filter)) {
    look(search, row);
    before = row.id;
    const isEnough = search.lookedAt >= AT_FIRST && row.id <= indexed;
    if (isEnough || isDone(search)) return { before, ended: false };
  }
  return { before, ended: true };
}

function* newestFirst(log: Sqlite, filter: MessageFilter): Generator<ListedMessage> {
  for (let { before } = filter; ; ) {
    const rows = selectMessages(log, { ...filter, before }, AT_FIRST);
    yield* rows;
    if (rows.length < AT_FIRST) return;
    before = rows.at(-1)?.id;
  }
}

interface Lookup {
  readonly index: SearchIndex;
  readonly expression: string;
  readonly before: string | undefined;
}

/** Looks at what the index names, from `before` on. */
function lookUp(log: Sqlite, search: Search, { index, expression, before: start }: Lookup): Looked {
  let before = start;
  const newest = (before === undefined ? undefined : index.blockOf(before)) ?? index.last();
  for (const block of index.candidates(expression, newest?.number ?? 0)) {
    const range = { before: lesser(before, next(block.lastId)), downTo: next(block.after) };
    for (const row of selectMessages(log, { ...search.filter, ...range }, ALL)) look(search, row);
    before = range.downTo;
    if (isDone(search)) return { before: oldestFrom(log, before), ended: false };
  }
  return { before, ended: true };
}

const lesser = (a: string | undefined, b: string) => (a === undefined || a > b ? b : a);

/** What comes right behind an id. */
const next = (id: string) => `${id}0`;

/** The oldest message at or behind a place, for a cursor that is an id. */
const oldestFrom = (log: Sqlite, from: string): string | undefined =>
  log
    .prepare<[string], string>("SELECT id FROM message WHERE id >= ? ORDER BY id LIMIT 1")
    .pluck()
    .get(from);
