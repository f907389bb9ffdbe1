/** Each write of the store with its preconditions. On equal rows an operation writes equal rows. */
import type { ClaimRound, EndedOf } from "../../../src/store/executions/execution-table.ts";
import type { Store } from "../../../src/store/store.ts";
import { upTo } from "../../support/turns.ts";
import { AT_ONCE, acceptedAs, messageOf, OUTCOMES, owed } from "./fixture.ts";

export const NOW = 1_800_000_000_000;

export interface Operation {
  /** Prepares the store for the operation, and returns the operation. */
  readonly prepare: (store: Store) => Promise<() => Promise<unknown>>;
}

/** Two executions that run at once, and one that waits for both. */
const FUNCTIONS = [owed("a"), owed("b"), owed("c", 1)] as const;
const large = messageOf("m-1", NOW, "x".repeat(9000));
const accept = (store: Store, id = "m-1", endedOf?: EndedOf) =>
  store.accept({ ...large, id }, acceptedAs(`d-${id}`, FUNCTIONS), NOW, endedOf);
const claimAll = (store: Store, now = NOW): Promise<ClaimRound> => store.claim(now, upTo(10));
const run = { version: "v2", endedAt: NOW + 5 };

/** Records how the first claim of one message ended. */
const recorded =
  (outcome: "success" | "failure", status: "SUCCESS" | "FAILED" | "PENDING") =>
  async (store: Store) => {
    const [claim] = (await accept(store, "m-1", AT_ONCE)).claims;
    if (claim === undefined) throw new Error("nothing was claimed");
    const step = status === "PENDING" ? { status, delayMs: 1000 } : { status };
    return () => store.record(claim, { outcome: OUTCOMES[outcome], step, ...run });
  };

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  accept: { prepare: async (store) => () => accept(store, "m-1", AT_ONCE) },
  "accept what others waited for": {
    prepare: async (store) => {
      const endedOf: EndedOf = () => ({
        outcome: OUTCOMES.success,
        step: { status: "SUCCESS" },
        ...run,
      });
      return () => accept(store, "m-1", endedOf);
    },
  },
  "accept what has ended in part": {
    prepare: async (store) => {
      const decision = acceptedAs("d-m-1", [owed("a"), owed("b"), owed("c")]);
      const ended = {
        a: { outcome: OUTCOMES.success, step: { status: "SUCCESS" }, ...run },
        b: { outcome: OUTCOMES.failure, step: { status: "FAILED" }, ...run },
      } as const;
      const endedOf = (name: string) => new Map(Object.entries(ended)).get(name);
      return () => store.accept(large, decision, NOW, endedOf);
    },
  },
  "accept a duplicate": {
    prepare: async (store) => {
      await accept(store);
      return () =>
        store.accept(messageOf("m-2", NOW), acceptedAs("d-m-1", FUNCTIONS), NOW, AT_ONCE);
    },
  },
  "accept without a decision": {
    prepare: async (store) => () => store.accept(large, undefined, NOW),
  },
  decide: {
    prepare: async (store) => {
      await store.accept(large, undefined, NOW);
      return () => store.decide(large, acceptedAs("d-m-1", FUNCTIONS), NOW);
    },
  },
  claim: {
    prepare: async (store) => {
      await accept(store, "m-1");
      return () => claimAll(store);
    },
  },
  "record a success": { prepare: recorded("success", "SUCCESS") },
  "record a failure": { prepare: recorded("failure", "FAILED") },
  "record a failure that is tried again": { prepare: recorded("failure", "PENDING") },
  "record the end of a message": {
    prepare: async (store) => {
      const decision = acceptedAs("d-m-1", [owed("a")]);
      const [claim] = (await store.accept(large, decision, NOW, AT_ONCE)).claims;
      if (claim === undefined) throw new Error("nothing was claimed");
      return () =>
        store.record(claim, { outcome: OUTCOMES.success, step: { status: "SUCCESS" }, ...run });
    },
  },
  resume: {
    prepare: async (store) => {
      await accept(store, "m-1", AT_ONCE);
      return () => store.resume(NOW + 10);
    },
  },
};
