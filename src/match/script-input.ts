/** A message as the match scripts get it. */
import { decodeBody } from "../model/content-encoding.ts";
import { eventHead } from "../model/event.ts";
import { headersAsJson, type Message } from "../model/message.ts";
import type { ScriptInput } from "../sandbox/sandbox.ts";

interface InputSetting {
  readonly maxBodyBytes: number;
  readonly publicUrl: string | undefined;
}

export async function scriptInput(
  message: Message,
  { maxBodyBytes, publicUrl }: InputSetting,
): Promise<ScriptInput> {
  const decodedBody = await decodeBody(message, maxBodyBytes);
  return {
    head: eventHead(message, { encoded: decodedBody !== undefined, publicUrl }),
    headers: headersAsJson(message),
    body: message.body,
    judgedAt: message.resubmission?.judgedAt ?? message.receivedAt,
    ...(decodedBody === undefined ? {} : { decodedBody }),
  };
}
