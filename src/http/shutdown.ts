/**
 * Graceful shutdown: the server accepts nothing new and lets running work finish. Work that does not finish in time is
 * answered with 202 or 503 and handed back to its rows, where the next start finds it.
 */

import type { Logger } from "../logger.ts";
import type { HttpServer } from "./server.ts";

/** How long running work may take to finish. Docker kills a container ten seconds after SIGTERM. */
const FINISH_WITHIN_MS = 6000;
/** How long the last responses may take. */
const ANSWER_WITHIN_MS = 1000;

export interface Stoppable {
  readonly server: HttpServer;
  readonly dispatcher: { stop(): void; idle(): Promise<void> };
  /** Resolves the waits of requests for a message: it has not ended. */
  readonly completions: { giveUp(): void };
  /** Sets running executions back to pending, and refuses the results of their runs. Resolves with their number. */
  readonly handBack: () => Promise<number>;
  /** Ends all running scripts. */
  readonly sandbox: AsyncDisposable;
  readonly log: Logger;
}

export async function stopInOrder(deps: Stoppable): Promise<void> {
  const { server, dispatcher, completions, sandbox } = deps;
  dispatcher.stop();
  const answered = server.close();
  const isDone = await settlesWithin(FINISH_WITHIN_MS, Promise.all([answered, dispatcher.idle()]));
  if (isDone) return;
  completions.giveUp();
  if (!(await settlesWithin(ANSWER_WITHIN_MS, answered))) await server.cutOff();
  await handBack(deps);
  await sandbox[Symbol.asyncDispose]();
  await dispatcher.idle();
}

async function handBack({ handBack: run, log }: Stoppable): Promise<void> {
  try {
    const handedBack = await run();
    if (handedBack > 0)
      log.info(
        { handedBack },
        "running executions were handed back; they run again after the start",
      );
  } catch (err) {
    log.error({ err }, "running executions could not be handed back; the next start does it");
  }
}

/** Resolves with true if `settled` settles within `ms`, with false otherwise. */
async function settlesWithin(ms: number, settled: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  const isSettled = settled.then(() => true);
  return Promise.race([isSettled, promise]).finally(() => clearTimeout(timer));
}
