/**
 * Limits the memory for runs on large messages. A body is read when a sandbox child is about to receive it, and
 * released once the child has it: so the waiting runs of one function neither fill the memory nor delay the runs of
 * others.
 */

import { SMALL_BYTES } from "../../sandbox/main/run-input.ts";
import { Budget } from "../../sharing/budget.ts";
import type { Holder } from "../../sharing/fair-shares.ts";
import type { Claim } from "../../store/executions/execution-table.ts";
import type { Store } from "../../store/store.ts";
import type { Assignment, OpenMessage } from "../execute/execute.ts";

/** Maximum bytes of bodies in this process on their way to children. */
const MAX_READ_BYTES = 256 * 1024 * 1024;
/** Maximum bytes of bodies that children can read, and that scripts may have copied into their own memory. */
const MAX_RUN_BYTES = 512 * 1024 * 1024;

/** A run's input, valid until it is disposed of. */
export interface OpenAssignment extends Disposable {
  readonly assignment: Assignment;
}

export interface LargeMessagesDeps {
  readonly store: Pick<Store, "bodyBytes" | "owed" | "owedWithoutBody">;
  readonly providerOf: (name: string) => string;
}

export class LargeMessages {
  readonly #deps: LargeMessagesDeps;
  readonly #read = new Budget(MAX_READ_BYTES);
  readonly #run = new Budget(MAX_RUN_BYTES);

  constructor(deps: LargeMessagesDeps) {
    this.#deps = deps;
  }

  /** Resolves once the run fits into the memory budget. */
  async assign(claim: Claim): Promise<OpenAssignment> {
    const { store, providerOf } = this.#deps;
    const bytes = store.bodyBytes(claim.messageId);
    const attempt = claim.attempt + 1;
    if (bytes <= SMALL_BYTES)
      return { assignment: { ...store.owed(claim), ...claim, attempt }, ...NOTHING };
    const holder = { name: claim.function, provider: providerOf(claim.function) };
    const held = await this.#run.take(holder, bytes);
    try {
      const openMessage = () => this.#open(claim, holder, bytes);
      const assignment = { ...store.owedWithoutBody(claim), ...claim, attempt, openMessage };
      return { assignment, [Symbol.dispose]: () => held[Symbol.dispose]() };
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  }

  async #open(claim: Claim, holder: Holder, bytes: number): Promise<OpenMessage> {
    const held = await this.#read.take(holder, bytes);
    try {
      const { message } = this.#deps.store.owed(claim);
      return { message, [Symbol.dispose]: () => held[Symbol.dispose]() };
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  }
}

const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };
