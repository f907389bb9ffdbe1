/** Limits for claims, for tests that use the store directly. */
import type { Turns } from "../../src/store/executions/execution-table.ts";

/** At most `slots` claims, and at most `ofOne` of one function. */
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
