/** The input of a run. Large bodies are in memory only while they are handed to the child. */

import type { ChildMessage, StoredBodies } from "../wire/protocol.ts";
import type { ChildCache } from "./child-cache.ts";
import type { SandboxChild } from "./child-process.ts";

/** A message as scripts see it. */
export interface ScriptInput extends ChildMessage {
  /** Extra keys of the event, as JSON, which are known once it has matched. */
  readonly extra?: string;
}

/** An input that is held in memory until it is disposed of. */
export interface OpenInput extends Disposable {
  readonly input: ScriptInput;
}

export interface InputSource {
  /** True if the bodies certainly have at most `SMALL_BYTES`. */
  readonly isSmall: boolean;
  /** Called for each child that runs it: a run is repeated in another child if its child dies. */
  readonly open: () => OpenInput | Promise<OpenInput>;
}

/** An input that a child can read. */
export interface HandedInput extends Disposable {
  /** Sends the message to the child and returns the parts of the request. */
  readonly send: (cache: ChildCache) => readonly string[];
}

/** Bodies up to this size go through the pipe, and the child keeps them while a run waits. */
export const SMALL_BYTES = 64 * 1024;

const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };

/** A source for an input that is in memory already. */
export const inMemorySource = (input: ScriptInput): InputSource => ({
  isSmall: sizeOf(input) <= SMALL_BYTES,
  open: () => ({ input, ...NOTHING }),
});

export const extraParts = ({ extra }: Pick<ScriptInput, "extra">): readonly string[] =>
  extra === undefined ? [] : [extra];

/** Opens an input and writes large bodies to the child's body file. When it resolves, these are no longer in memory. */
export async function handOver(source: InputSource, child: SandboxChild): Promise<HandedInput> {
  using opened = await source.open();
  const { input } = opened;
  if (sizeOf(input) <= SMALL_BYTES) return throughPipe(input);
  const { body, decodedBody, ...rest } = input;
  const region = await child.bodies.write(body);
  try {
    const stored =
      decodedBody === undefined
        ? { body: region }
        : { body: region, decodedBody: await child.bodies.write(decodedBody) };
    return throughFile(rest, stored, child);
  } catch (error) {
    child.bodies.free(region);
    throw error;
  }
}

const sizeOf = ({ body, decodedBody }: ChildMessage): number =>
  body.length + (decodedBody?.length ?? 0);

const throughPipe = (input: ScriptInput): HandedInput => ({
  send: (cache) => {
    cache.sendMessage(input);
    return extraParts(input);
  },
  ...NOTHING,
});

/** A separate function, so that the closures do not keep the bodies alive. */
const throughFile = (
  rest: Omit<ScriptInput, "body" | "decodedBody">,
  stored: StoredBodies,
  { bodies }: SandboxChild,
): HandedInput => ({
  send: (cache) => {
    cache.sendStoredMessage(rest, stored);
    return extraParts(rest);
  },
  [Symbol.dispose]: () => {
    bodies.free(stored.body);
    if (stored.decodedBody !== undefined) bodies.free(stored.decodedBody);
  },
});
