/** One life of the server: started on what the last one left, under load, in trouble, killed. */
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
  /** False when it had ended before it could be killed. */
  readonly killed: boolean;
  /** Undefined when it did not come that far. */
  readonly readyMs: number | undefined;
  readonly troubles: readonly TroubleName[];
  readonly accident: string | undefined;
}

/** The wall clock may be wrong by this much, either way, and jump as far: longer than the test waits for an end. */
const CLOCK_MS = 3_600_000;
/** Long enough for most starts to be cut off, short enough for some to be done. */
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

/** Some start on a full disk or a locked database, and are ready only once that is over. */
async function startInTrouble(server: Server, deps: LifeDeps): Promise<readonly TroubleName[]> {
  const random = deps.random.derive("start");
  // Before the first life is ready there is nothing to lock.
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

/** Tells when so many promises more were made. */
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
