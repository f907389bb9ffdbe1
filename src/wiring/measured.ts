/** What is measured, and what it is measured by. */
import type { Config } from "../config.ts";
import type { IngressSurroundings } from "../ingress/router.ts";
import type { Logger } from "../logger.ts";
import type { Levels, Metrics } from "../metrics.ts";
import { Sandbox } from "../sandbox/sandbox.ts";
import { Store } from "../store/store.ts";
import { whenFree } from "../store/when-free.ts";
import { loadTracing } from "../tracing/load-tracing.ts";
import { freeDiskBytes, guardsOf } from "./guards.ts";

export async function measured(
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
  const open = () => new Store(config.databasePath, metrics.committed.bind(metrics));
  const what = "the database cannot be opened";
  const store = stack.use(await whenFree(open, { log, stopping, what }));
  const sandbox = stack.use(
    new Sandbox({ processes: config.sandboxProcesses, log, onProcessEnded }),
  );
  const guards = guardsOf(store, { config, log, metrics });
  metrics.watch(() => levels({ store, sandbox, ...guards }, config));
  return { store, sandbox, tracing, ...guards };
}

function levels(
  {
    store,
    sandbox,
    backlog,
    strangers,
    gate,
  }: Pick<IngressSurroundings, "store" | "backlog" | "strangers" | "gate"> & {
    readonly sandbox: Sandbox;
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
  };
}
