/** Room for claims, for tests that ask the store itself. */
import type { Turns } from "../../src/store/executions/execution-table.ts";

/** So many in all, and so many of one function. */
export function upTo(slots: number, ofOne = slots): Turns {
  let left = slots;
  return {
    begin: () => {
      left = slots;
    },
    room: () => Math.min(left, ofOne),
    claimed: (_name, count) => {
      left -= count;
    },
  };
}
