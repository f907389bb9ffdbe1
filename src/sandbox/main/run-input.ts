/** What a run of a function is given: in memory while a child is given it, and no longer. */

import type { ChildMessage, StoredBodies } from "../wire/protocol.ts";
import type { ChildHoldings } from "./child-holdings.ts";
import type { SandboxChild } from "./child-process.ts";

/** One message as scripts get it. */
export interface ScriptInput extends ChildMessage {
  /** Further keys of the event, as JSON: what is known of it once it is matched. */
  readonly further?: string;
}

/** An input that is in memory until it is disposed of. */
export interface OpenInput extends Disposable {
  readonly input: ScriptInput;
}

export interface InputSource {
  /** Of no more than `SMALL_BYTES`, for certain. */
  readonly isSmall: boolean;
  /** Called for each child that is given it: a run may be given to another when its child dies. */
  readonly open: () => OpenInput | Promise<OpenInput>;
}

/** A request whose input is with a child. */
export interface Handed extends Disposable {
  /** Sends what comes before the request itself, and returns the parts of that. */
  readonly give: (holds: ChildHoldings) => readonly string[];
}

/** Smaller bodies go through the pipe, and the child keeps them while a run waits. */
export const SMALL_BYTES = 64 * 1024;

const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };

/** An input that is in memory anyway. */
export const sourceOf = (input: ScriptInput): InputSource => ({
  isSmall: sizeOf(input) <= SMALL_BYTES,
  open: () => ({ input, ...NOTHING }),
});

export const furtherOf = ({ further }: Pick<ScriptInput, "further">): readonly string[] =>
  further === undefined ? [] : [further];

/** Opens an input and puts its bodies where the child reads them. Nothing of them is in memory when it resolves. */
export async function handOver(source: InputSource, child: SandboxChild): Promise<Handed> {
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

const throughPipe = (input: ScriptInput): Handed => ({
  give: (holds) => {
    holds.giveMessage(input);
    return furtherOf(input);
  },
  ...NOTHING,
});

/** A function of its own, so that what it returns keeps no body. */
const throughFile = (
  rest: Omit<ScriptInput, "body" | "decodedBody">,
  stored: StoredBodies,
  { bodies }: SandboxChild,
): Handed => ({
  give: (holds) => {
    holds.giveStored(rest, stored);
    return furtherOf(rest);
  },
  [Symbol.dispose]: () => {
    bodies.free(stored.body);
    if (stored.decodedBody !== undefined) bodies.free(stored.decodedBody);
  },
});
