/** A message as the match scripts get it. */
import type { ReceivedEvent } from "../../model/event.ts";
import type { ScriptInput } from "../../sandbox/main/run-input.ts";

/** They are asked before there is a function whose pattern could name any. */
const NO_PARAMS = JSON.stringify({ params: {} });

export const scriptInput = (event: ReceivedEvent): ScriptInput => ({
  ...event,
  further: NO_PARAMS,
});
