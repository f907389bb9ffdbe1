/** Builds the parts that refuse requests under overload, from the settings and from the rows at the start. */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "../config.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { leastIdAt } from "../model/message-id.ts";
import { Backlog } from "../overload/backlog.ts";
import { Gate } from "../overload/gate.ts";
import { Strangers } from "../overload/strangers.ts";
import type { Store } from "../store/store.ts";

const DAY_MS = 86_400_000;

export interface Guards {
  readonly backlog: Backlog;
  readonly strangers: Strangers;
  readonly gate: Gate;
}

/** Their counts start from the rows and are kept up to date in memory. */
export function openGuards(
  store: Store,
  {
    config,
    log,
    metrics,
  }: { readonly config: Config; readonly log: Logger; readonly metrics: Metrics },
): Guards {
  const { limits } = config;
  const onRefused = metrics.overloaded.bind(metrics);
  const backlog = new Backlog(store.load.backlog());
  const strangers = new Strangers({
    limits,
    log,
    onRefused,
    storedBytes: store.load.strangerBytes(),
    knownAddresses: store.load.knownAddresses(leastIdAt(Date.now() - DAY_MS)),
  });
  const gate = new Gate({
    limits,
    log,
    onRefused,
    backlog,
    waitingSince: () => store.load.waitingSince(),
    freeDiskBytes: () => freeDiskBytes(config),
    now: Date.now,
  });
  return { backlog, strangers, gate };
}

/** Free bytes on the disk of the database. */
export function freeDiskBytes({ databasePath }: Config): number {
  const { bavail, bsize } = statfsSync(dirname(databasePath));
  return bavail * bsize;
}
