/** Finds the message that an id names; the start of an id is enough if no other message starts so. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { Message } from "../model/message.ts";
import type { Store } from "../store/store.ts";

const ABOUT_ID = "The id of a message, or the start of it if no other message starts so.";

export const messageId = z.string().describe(ABOUT_ID);

/** Fewer characters would match by chance, as an id starts with its time. */
const MIN_ID_CHARACTERS = 6;

/** The id that starts with `given`; `given` itself if there is none. Throws `conflict` if there are several. */
export function wholeId(store: Store, given: string): string {
  if (given.length < MIN_ID_CHARACTERS || !/^[0-9a-f-]{1,35}$/.test(given)) return given;
  const [only = given, ...others] = store.idsStartingWith(given);
  if (others.length === 0) return only;
  throw new HookyardError(
    "conflict",
    `several messages start with ${given}, one was expected: give more of the id, such as ${only}`,
  );
}

export const findMessage = (store: Store, id: string): Message => {
  const whole = wholeId(store, id);
  return store.find(whole) ?? noMessage(whole);
};

/** Throws `not_found`. */
export function noMessage(id: string): never {
  throw new HookyardError(
    "not_found",
    `there is no message ${JSON.stringify(id.slice(0, 100))}; GET /api/v1/messages lists them`,
  );
}
