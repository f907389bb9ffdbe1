/**
 * The moments at which the server is killed. Each function resolves at its moment; the kill follows in the same turn.
 */
import { watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "./random.ts";
import type { Server } from "./server.ts";

export interface Life {
  readonly server: Server;
  readonly databasePath: string;
  readonly random: Random;
  /** Resolves after `count` further promises. */
  readonly promises: (count: number) => Promise<void>;
  readonly stopSending: () => void;
}

type Moment = (life: Life) => Promise<void>;

/** Mostly short, so that there are many starts with faults. Some waits are long enough for synchronous answers. */
const live = ({ random }: Life) => sleep(random.between(50, random.chance(0.3) ? 5000 : 1000));
/** With a full disk or a locked database the awaited event may never come. */
const atMost = (ms: number, awaited: Promise<unknown>) =>
  Promise.race([awaited, sleep(ms, undefined, { ref: false })]);

/** Resolves when the write-ahead log changes, which is between the write of a commit and its fsync, or soon after. */
async function atLogWrite(life: Life): Promise<void> {
  await live(life);
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(`${life.databasePath}-wal`, () => resolve());
  await atMost(2000, promise);
  watcher.close();
}

async function afterPromise(life: Life): Promise<void> {
  await live(life);
  await atMost(5000, life.promises(life.random.between(1, 20)));
}

async function whileStopping(life: Life): Promise<void> {
  await live(life);
  life.server.askToStop();
  await sleep(life.random.between(0, 600));
}

async function whileFrozen(life: Life): Promise<void> {
  await live(life);
  life.server.signal("SIGSTOP");
  await sleep(life.random.between(0, 200));
}

async function whileDraining(life: Life): Promise<void> {
  await live(life);
  life.stopSending();
  await sleep(life.random.between(0, 500));
}

/** Moments with a ready server under load. */
export const MOMENTS = {
  "any time under load": live,
  "during a write to the log": atLogWrite,
  "right after a 2xx": afterPromise,
  "while it stops": whileStopping,
  "while it is frozen": whileFrozen,
  "while it drains its backlog": whileDraining,
} as const satisfies Readonly<Record<string, Moment>>;

/** The server is killed before it is ready. */
export const STARTING = "while it starts" as const;
export type MomentName = keyof typeof MOMENTS | typeof STARTING;
export const MOMENT_NAMES: readonly MomentName[] = [
  ...(Object.keys(MOMENTS) as (keyof typeof MOMENTS)[]),
  STARTING,
];
