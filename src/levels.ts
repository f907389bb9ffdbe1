import type { Config } from "./config.ts";
import { freeDiskBytes, type Guards } from "./guards.ts";
import type { Levels } from "./metrics.ts";
import type { Store } from "./store/store.ts";

/** What there is at the moment, for whoever reads the metrics. */
export function levels(
  {
    store,
    sandbox,
    backlog,
    strangers,
    gate,
  }: Guards & {
    readonly store: Store;
    readonly sandbox: { readonly pids: readonly number[] };
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
