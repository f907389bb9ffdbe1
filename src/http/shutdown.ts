/**
 * The end in order: nothing new is taken, what runs may finish, and what has not finished by then is answered honestly
 * and handed back to its rows, where the next start finds it.
 */

import type { Logger } from "../logger.ts";
import type { HttpServer } from "./server.ts";

/** What is running may finish within it. Docker kills ten seconds after it asked. */
const FINISH_WITHIN_MS = 6000;
/** For answers that are on their way. */
const ANSWER_WITHIN_MS = 1000;

export interface Stoppable {
  readonly server: HttpServer;
  readonly dispatcher: { stop(): void; idle(): Promise<void> };
  /** Those who wait for a message are told that it has not ended. */
  readonly completions: { giveUp(): void };
  /** Executions that are running are pending again; the results of their runs are refused. Resolves with their number. */
  readonly handBack: () => Promise<number>;
  /** Ends whatever a script still does. */
  readonly sandbox: AsyncDisposable;
  readonly log: Logger;
}

export async function stopInOrder(deps: Stoppable): Promise<void> {
  const { server, dispatcher, completions, sandbox } = deps;
  dispatcher.stop();
  const answered = server.close();
  const isDone = await within(FINISH_WITHIN_MS, Promise.all([answered, dispatcher.idle()]));
  if (isDone) return;
  completions.giveUp();
  if (!(await within(ANSWER_WITHIN_MS, answered))) await server.cutOff();
  await handBack(deps);
  await sandbox[Symbol.asyncDispose]();
  await dispatcher.idle();
}

async function handBack({ handBack: run, log }: Stoppable): Promise<void> {
  try {
    const handedBack = await run();
    if (handedBack > 0)
      log.info({ handedBack }, "what was still running runs again after the start");
  } catch (err) {
    log.error({ err }, "what was still running could not be handed back; the next start does it");
  }
}

/** Whether it settled in time. */
async function within(ms: number, settled: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  const isSettled = settled.then(() => true);
  return Promise.race([isSettled, promise]).finally(() => clearTimeout(timer));
}
