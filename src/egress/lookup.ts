/** Name lookup with a limit in parallel: each lookup blocks one of Node's four worker threads. */
import { lookup as systemLookup } from "node:dns/promises";
import { EgressFailure } from "./failure.ts";
import { orAborted } from "./or-aborted.ts";

/** All addresses of a name; rejects with an error with a code when there are none. */
export type Lookup = (hostname: string) => Promise<readonly { readonly address: string }[]>;

/** Leaves one thread for everything else, such as files and compression. */
const MAX_IN_FLIGHT = 3;

export const lookUpAll: Lookup = (hostname) => systemLookup(hostname, { all: true });

/**
 * A lookup that waits for a free slot, and gives up when the signal aborts. An abandoned lookup blocks its thread until
 * the system's resolver returns, so it keeps its slot until then.
 */
export function boundedLookup(lookup: Lookup) {
  let free = MAX_IN_FLIGHT;
  const waiting = new Set<() => void>();

  const release = () => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else if (waiting.delete(next)) next();
  };

  const takeSlot = async (signal: AbortSignal): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    try {
      await orAborted(promise, signal);
    } catch (error) {
      // Not in the queue any more: the slot was granted at the same moment, and goes to the next caller.
      if (!waiting.delete(resolve)) release();
      throw error;
    }
  };

  return async (hostname: string, signal: AbortSignal): Promise<readonly string[]> => {
    await takeSlot(signal);
    const found = (async () => lookup(hostname))().finally(release);
    const addresses = (await orAborted(found, signal)).map(({ address }) => address);
    if (addresses.length > 0) return addresses;
    throw new EgressFailure("NetworkError", `host ${hostname} has no address`);
  };
}

export type BoundedLookup = ReturnType<typeof boundedLookup>;
