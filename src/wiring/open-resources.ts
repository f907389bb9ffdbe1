/** Opens the database, the sandbox, the search index and the overload guards, and connects them to the metrics. */
import { dirname } from "node:path";
import { MessageFeed } from "../admin/message-feed.ts";
import type { Config } from "../config.ts";
import { MessageEvents } from "../decoding/message-events.ts";
import type { IngressDeps } from "../http/ingress-router.ts";
import type { Logger } from "../logger.ts";
import type { Levels, Metrics } from "../metrics.ts";
import type { LogEvent } from "../model/message.ts";
import { Sandbox } from "../sandbox/main/sandbox.ts";
import type { MessageFilter } from "../store/messages/message-list.ts";
import { RollupPasses } from "../store/rollups/rollup-passes.ts";
import { MessageSearch } from "../store/search/message-search.ts";
import { TextQuestions } from "../store/search/text-questions.ts";
import { newData } from "../store/sqlite/new-data.ts";
import { tightenFiles } from "../store/sqlite/tighten.ts";
import { waitForDatabase } from "../store/sqlite/wait-for-database.ts";
import { Store } from "../store/store.ts";
import { loadTracing } from "../tracing/load-tracing.ts";
import { freeDiskBytes, openGuards } from "./guards.ts";

export async function openResources(
  stack: AsyncDisposableStack,
  {
    config,
    log,
    metrics,
    stopping,
  }: {
    readonly config: Config;
    readonly log: Logger;
    readonly metrics: Metrics;
    readonly stopping: AbortSignal;
  },
) {
  const tracing = stack.use(await loadTracing(config.traces, log));
  const onProcessEnded = metrics.sandboxProcessEnded.bind(metrics);
  tightenFiles(config.databasePath, log);
  const onReportsDropped = metrics.sandboxReportsDropped.bind(metrics);
  const data = newData(config.databasePath);
  let isOpened = false;
  // Runs after the database is closed. If it could not be opened, another server may be using it.
  stack.defer(() => {
    if (isOpened) data.remove();
  });
  const open = () => new Store(config.databasePath, metrics.committed.bind(metrics));
  const what = "the database cannot be opened";
  const store = stack.use(await waitForDatabase(open, { log, stopping, what }));
  isOpened = true;
  const checkCache = {
    find: (key: string) => store.checks.find(key, Date.now()),
    keep: (key: string, exports: readonly string[]) => store.checks.keep(key, exports, Date.now()),
  };
  const { sandboxProcesses: processes } = config;
  const sandbox = stack.use(
    new Sandbox({
      processes,
      bodiesFolder: dirname(config.databasePath),
      log,
      onProcessEnded,
      onReportsDropped,
      checkCache,
    }),
  );
  stack.use(new RollupPasses({ store, log, now: Date.now }));
  const search = stack.use(new MessageSearch({ ...config, log }));
  const guards = openGuards(store, { config, log, metrics });
  metrics.watch(() => levels({ store, sandbox, search, ...guards }, config));
  const events = new MessageEvents(config);
  const decoding = { events, openEvent: events.open };
  const reader = openLogReader(store, search);
  return { store, sandbox, tracing, keepData: data.keep, ...decoding, ...guards, ...reader };
}

/** Reads the message log: lists, searches, and the feed for followers. */
function openLogReader(store: Store, search: MessageSearch) {
  const list = async ({ q, ...filter }: MessageFilter) => {
    // The cause of a failure is found when its message is counted. Without it, the list would lack the latest messages.
    if (filter.problem !== undefined && filter.before === undefined)
      await store.rollups.catchUp(Date.now());
    return q === undefined ? store.list(filter) : await search.search({ ...filter, q });
  };
  const questions = new TextQuestions(search);
  const pick = async (
    ids: readonly string[],
    { q, ...filter }: Omit<MessageFilter, "limit" | "before">,
  ) => {
    const rows = store.pick(ids, filter);
    if (q === undefined || rows.length === 0) return rows;
    const candidates = rows.map(({ id }) => id);
    const matching = await questions.holding(candidates, q);
    return rows.filter(({ id }) => matching.has(id));
  };
  const feed = new MessageFeed(Date.now);
  const notifyFollowers = (event: LogEvent, messageId: string) => {
    feed.add(event, messageId);
    if (event === "accepted") search.messageStored();
  };
  return { list, pick, feed, notifyFollowers };
}

function levels(
  {
    store,
    sandbox,
    search,
    backlog,
    strangers,
    gate,
  }: Pick<IngressDeps, "store" | "backlog" | "strangers" | "gate"> & {
    readonly sandbox: Sandbox;
    readonly search: MessageSearch;
  },
  config: Config,
): Levels {
  const { count, oldest } = store.pending();
  return {
    pendingMessages: count,
    pendingBytes: backlog.bytes,
    receivingBytes: gate.receivingBytes,
    strangerBytes: strangers.bytes,
    oldestPendingSeconds: oldest === null ? 0 : Math.max(0, Date.now() - oldest) / 1000,
    databaseBytes: store.upkeep.fileSize().total,
    freeDiskBytes: freeDiskBytes(config),
    sandboxProcesses: sandbox.pids.length,
    unindexedMessages: search.level.unindexed,
    searchIndexBytes: search.level.bytes,
  };
}
