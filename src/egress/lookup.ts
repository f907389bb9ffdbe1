/** Name lookup, with few at once: the system's resolver blocks one of Node's four worker threads for each. */
import { lookup as systemLookup } from "node:dns/promises";
import { EgressFailure } from "./failure.ts";
import { orAborted } from "./or-aborted.ts";

/** All addresses of a name; rejects with an error with a code when there are none. */
export type Lookup = (hostname: string) => Promise<readonly { readonly address: string }[]>;

/** One thread is left for everything else, such as files and compression. */
const MAX_IN_FLIGHT = 3;

export const lookUpAll: Lookup = (hostname) => systemLookup(hostname, { all: true });

/**
 * A lookup that waits for its turn, and gives up when the signal says so. A lookup that was given up keeps its thread
 * until the system's resolver gives up too, so that it keeps its turn as well.
 */
export function boundedLookup(lookup: Lookup) {
  let free = MAX_IN_FLIGHT;
  const waiting = new Set<() => void>();

  const release = () => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else if (waiting.delete(next)) next();
  };

  const turn = async (signal: AbortSignal): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    try {
      await orAborted(promise, signal);
    } catch (error) {
      // Not waiting any more: the turn came in the same moment, and goes to the next one.
      if (!waiting.delete(resolve)) release();
      throw error;
    }
  };

  return async (hostname: string, signal: AbortSignal): Promise<readonly string[]> => {
    await turn(signal);
    const found = (async () => lookup(hostname))().finally(release);
    const addresses = (await orAborted(found, signal)).map(({ address }) => address);
    if (addresses.length > 0) return addresses;
    throw new EgressFailure("NetworkError", `host ${hostname} has no address`);
  };
}

export type BoundedLookup = ReturnType<typeof boundedLookup>;
