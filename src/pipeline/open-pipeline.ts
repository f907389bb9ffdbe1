/** Connects the steps of a message's path: each step receives the ones below it as functions. */
import type { Message } from "../model/message.ts";
import type { LiveRegistry } from "../registry/live-registry.ts";
import { createDispatcher, type PerformDeps } from "./dispatch/create-dispatcher.ts";
import type { Dispatcher } from "./dispatch/dispatcher.ts";
import { EarlyStart } from "./early/early-start.ts";
import type { Executed } from "./execute/execute.ts";
import { OriginalScripts } from "./history/original-scripts.ts";
import { scriptsFor } from "./history/scripts-for.ts";
import type { AdmitDeps } from "./intake/admit.ts";
import { decide, type MatchDeps } from "./match/decide.ts";

/** Without the parts that the pipeline makes itself. */
export interface PipelineDeps
  extends Omit<PerformDeps, "originals">,
    MatchDeps,
    Omit<AdmitDeps, "decide" | "wake" | "reserve"> {
  readonly scripts: Pick<LiveRegistry, "make" | "loaded">;
}

export interface Pipeline<Deps> {
  readonly dispatcher: Dispatcher<Executed>;
  /** Includes all given dependencies: the layers above the pipeline need no other object. */
  readonly intake: Deps & AdmitDeps;
  readonly originals: OriginalScripts;
}

/** The dispatcher is disposed of with `stack`. */
export function openPipeline<Deps extends PipelineDeps>(
  stack: AsyncDisposableStack,
  deps: Deps,
): Pipeline<Deps> {
  const originals = new OriginalScripts(deps.store, deps.scripts);
  const executing = { ...deps, originals };
  const dispatcher = stack.use(createDispatcher(executing));
  const early = new EarlyStart(dispatcher, executing);
  const intake = {
    ...deps,
    decide: async (message: Message) => decide(message, await scriptsFor(message, deps, originals)),
    wake: () => dispatcher.wake(),
    reserve: early.reserve.bind(early),
  };
  return { dispatcher, intake, originals };
}
