/** One life of the server: started on the data of the last one, put under load and faults, killed. */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Disk } from "./disk.ts";
import type { Ledger } from "./ledger.ts";
import { MOMENT_NAMES, MOMENTS, type MomentName, STARTING } from "./moments.ts";
import type { Random } from "./random.ts";
import { Server } from "./server.ts";
import { startTraffic } from "./traffic.ts";
import { EARLY_TROUBLES, makeTrouble, TROUBLES, type TroubleName } from "./troubles.ts";

export interface LifeDeps {
  readonly number: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly databasePath: string;
  readonly disk: Disk;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly connections: number;
}

export interface LifeReport {
  readonly moment: MomentName;
  /** False when the server ended before it could be killed. */
  readonly killed: boolean;
  /** Undefined when the server did not become ready. */
  readonly readyMs: number | undefined;
  readonly troubles: readonly TroubleName[];
  readonly accident: string | undefined;
}

/** How far the wall clock may be wrong, and may jump, in either direction: longer than any wait of the test. */
const CLOCK_MS = 3_600_000;
/** Interrupts most starts; some complete. */
const START_MS = 1200;

export async function live(deps: LifeDeps): Promise<LifeReport> {
  const { settings, random } = deps;
  const moment = random.pick(MOMENT_NAMES) ?? STARTING;
  const clock = {
    wrongByMs: random.chance(0.3) ? random.between(-CLOCK_MS, CLOCK_MS) : 0,
    jumpMs: random.between(-CLOCK_MS, CLOCK_MS),
  };
  const server = new Server(settings, clock);
  if (moment === STARTING) {
    await sleep(random.between(0, START_MS));
    const { accident } = server;
    return { moment, killed: await server.kill(), readyMs: undefined, troubles: [], accident };
  }
  const early = startInTrouble(server, deps);
  const { url, tookMs } = await server.ready();
  const soon = await early;
  const { troubles, killed, accident } = await underLoad(server, url, moment, deps);
  return { moment, killed, readyMs: tookMs, troubles: [...soon, ...troubles], accident };
}

/** Some servers start on a full disk or with a locked database, and become ready only after that ends. */
async function startInTrouble(server: Server, deps: LifeDeps): Promise<readonly TroubleName[]> {
  const random = deps.random.derive("start");
  // Before the first life is ready there is no database to lock.
  const name = deps.number > 1 && random.chance(0.3) ? random.pick(EARLY_TROUBLES) : undefined;
  if (name === undefined || !existsSync(deps.databasePath)) return [];
  await TROUBLES[name]({ ...deps, random, server, ending: new AbortController().signal });
  return [`${name} at the start`];
}

async function underLoad(
  server: Server,
  url: string,
  moment: keyof typeof MOMENTS,
  deps: LifeDeps,
) {
  const { random } = deps;
  const ending = new AbortController();
  const waiting = new PromiseCounter();
  const prefix = String(deps.number);
  const traffic = startTraffic({ ...deps, url, prefix, onPromise: () => waiting.count() });
  const scene = { ...deps, server, ending: ending.signal };
  const trouble = makeTrouble({ ...scene, random: random.derive("trouble") });
  const stopSending = () => void traffic.stop();
  const promises = (count: number) => waiting.next(count);
  await MOMENTS[moment]({ ...scene, random: random.derive("moment"), promises, stopSending });
  const { accident } = server;
  const killed = await server.kill();
  ending.abort();
  const [troubles] = await Promise.all([trouble, traffic.stop()]);
  return { troubles, killed, accident };
}

/** Resolves after a number of further promises. */
class PromiseCounter {
  #left = 0;
  #resolve: () => void = () => undefined;

  next(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#left = count;
    this.#resolve = resolve;
    return promise;
  }

  count(): void {
    this.#left--;
    if (this.#left === 0) this.#resolve();
  }
}
