/** A message as match scripts receive it. */
import type { ReceivedEvent } from "../../model/event.ts";
import type { ScriptInput } from "../../sandbox/main/run-input.ts";

/** Match scripts run before a function is known whose URI pattern could name parameters. */
const NO_PARAMS = JSON.stringify({ params: {} });

export const scriptInput = (event: ReceivedEvent): ScriptInput => ({
  ...event,
  extra: NO_PARAMS,
});
