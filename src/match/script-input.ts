/** A message as the match scripts get it. */
import { type EventSetting, receivedEvent } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { ScriptInput } from "../sandbox/sandbox.ts";

/** They are asked before there is a function whose pattern could name any. */
const NO_PARAMS = JSON.stringify({ params: {} });

export async function scriptInput(message: Message, setting: EventSetting): Promise<ScriptInput> {
  return { ...(await receivedEvent(message, setting)), further: NO_PARAMS };
}
