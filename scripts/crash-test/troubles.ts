/** Faults during a life of the server. Each undoes its effect, even when the life ends early. */
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import type { Disk } from "./disk.ts";
import type { Random } from "./random.ts";
import type { Server } from "./server.ts";

export interface Scene {
  readonly server: Server;
  readonly databasePath: string;
  readonly disk: Disk;
  readonly random: Random;
  /** Aborted at the end of the life. */
  readonly ending: AbortSignal;
}

type Trouble = (scene: Scene) => Promise<void>;

/** True after the full time, false when the life ended first. */
const pause = (ms: number, ending: AbortSignal): Promise<boolean> =>
  sleep(ms, true, { signal: ending }).catch(() => false);

/** Sends a signal to a process that may have ended. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process has ended.
  }
}

async function stopServer({ server, random, ending }: Scene): Promise<void> {
  server.signal("SIGSTOP");
  await pause(random.between(50, 1200), ending);
  server.signal("SIGCONT");
}

async function killChild({ server, random, ending }: Scene): Promise<void> {
  for (let count = random.between(1, 3); count > 0; count--) {
    const child = random.pick(server.children);
    if (child !== undefined) signal(child, "SIGKILL");
    if (!(await pause(random.between(1, 300), ending))) return;
  }
}

async function stopChild({ server, random, ending }: Scene): Promise<void> {
  const child = random.pick(server.children);
  if (child === undefined) return;
  signal(child, "SIGSTOP");
  // A stopped child does not notice that its server is gone.
  await pause(random.between(50, 5000), ending);
  signal(child, "SIGCONT");
}

/** False while another process holds the lock, such as a server that was stopped inside a commit. */
function tryLock(sqlite: Database.Database): boolean {
  try {
    sqlite.exec("BEGIN IMMEDIATE");
    return true;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")) return false;
    throw error;
  }
}

async function lockDatabase({ databasePath, random, ending }: Scene): Promise<void> {
  // Waiting inside SQLite would block this process, senders included.
  const other = new Database(databasePath, { timeout: 0 });
  try {
    while (!tryLock(other)) if (!(await pause(5, ending))) return;
    await pause(random.between(50, 1500), ending);
    other.exec("ROLLBACK");
  } finally {
    other.close();
  }
}

async function fillDisk({ server, disk, random, ending }: Scene): Promise<void> {
  disk.fill(random.between(0, 40), server.pid);
  await pause(random.between(100, 1500), ending);
  if (!server.hasEnded || disk.isSmall) disk.empty(server.pid);
}

function jumpClock({ server }: Scene): Promise<void> {
  server.signal("SIGUSR2");
  return Promise.resolve();
}

export const TROUBLES = {
  "server stopped": stopServer,
  "sandbox child killed": killChild,
  "sandbox child stopped": stopChild,
  "database locked": lockDatabase,
  "disk full": fillDisk,
  "clock jumped": jumpClock,
} as const satisfies Readonly<Record<string, Trouble>>;
/** Faults that begin before the server is ready are counted separately. */
export const EARLY_TROUBLES = ["database locked", "disk full"] as const;
type EarlyName = `${(typeof EARLY_TROUBLES)[number]} at the start`;
export type TroubleName = keyof typeof TROUBLES | EarlyName;
export const TROUBLE_NAMES: readonly TroubleName[] = [
  ...(Object.keys(TROUBLES) as (keyof typeof TROUBLES)[]),
  ...EARLY_TROUBLES.map((name): EarlyName => `${name} at the start`),
];

/**
 * Causes up to three faults in a life, at any time, possibly at once. Resolves with their names after all are undone.
 */
export async function makeTrouble(scene: Scene): Promise<readonly TroubleName[]> {
  const { random, ending } = scene;
  const names = Object.keys(TROUBLES) as (keyof typeof TROUBLES)[];
  const made = Array.from({ length: random.between(0, 3) }, async (_, index) => {
    const own = random.derive(`trouble ${index}`);
    const name = own.pick(names);
    if (name === undefined || !(await pause(own.between(0, 800), ending))) return [];
    await TROUBLES[name]({ ...scene, random: own });
    return [name];
  });
  return (await Promise.all(made)).flat();
}
