/** A message as the match scripts get it. */
import { decodeBody } from "../model/content-encoding.ts";
import { eventHead } from "../model/event.ts";
import { headersAsJson, type Message } from "../model/message.ts";
import { type PublicAddress, publicUrlOf } from "../model/public-url.ts";
import type { ScriptInput } from "../sandbox/sandbox.ts";

interface InputSetting extends PublicAddress {
  readonly maxBodyBytes: number;
}

export async function scriptInput(message: Message, setting: InputSetting): Promise<ScriptInput> {
  const decodedBody = await decodeBody(message, setting.maxBodyBytes);
  const publicUrl = publicUrlOf(message, setting);
  return {
    head: eventHead(message, { encoded: decodedBody !== undefined, publicUrl }),
    headers: headersAsJson(message),
    body: message.body,
    judgedAt: message.resubmission?.judgedAt ?? message.receivedAt,
    ...(decodedBody === undefined ? {} : { decodedBody }),
  };
}
