/** The specification of the store in plain code: executions in a map, and no SQL. */
import { DEDUPE_SECONDS, type OutcomeName, RETRY } from "./fixture.ts";

export interface ModelExecution {
  readonly function: string;
  readonly order: number | undefined;
  status: "PENDING" | "RUNNING" | "SUCCESS" | "FAILED" | "FILTERED";
  /** When the execution is due; undefined while it waits for those with a lower order. */
  dueAt: number | undefined;
  lease: number;
  attempt: number;
  interruptions: number;
  /** The leases whose results were accepted, with these results. */
  readonly attempts: {
    readonly lease: number;
    readonly outcome: string;
    readonly endedAt: number;
  }[];
}

export interface ModelMessage {
  readonly id: string;
  readonly deliveryId: string;
  status: "PENDING" | "SUCCESS" | "FAILED" | "DUPLICATE";
  duplicateOf: string | undefined;
  repetitionOf: string | undefined;
  readonly resubmittedFrom: string | undefined;
  executions: ModelExecution[];
}

/** A known delivery. */
interface ModelDelivery {
  /** The message whose answer a duplicate gets. */
  readonly messageId: string;
  readonly firstId: string;
  readonly until: number;
  /** The functions that the next repetition runs again. */
  readonly failed: readonly string[];
}

type Owed = Pick<ModelExecution, "function" | "order">;

/** A claim that a holder received, with the identity of its execution. */
export interface ModelClaim {
  readonly messageId: string;
  readonly function: string;
  readonly lease: number;
}

const MAX_INTERRUPTIONS = 3;
const MAX_UNBEGUN = 5;
const isOpen = ({ status }: ModelExecution) => status === "PENDING" || status === "RUNNING";
const isRegistered = ({ messageId, firstId }: ModelDelivery, ...ids: (string | undefined)[]) =>
  ids.includes(messageId) || ids.includes(firstId);
const turnOf = ({ order }: ModelExecution) => order ?? Number.NEGATIVE_INFINITY;

export class Model {
  now = 1_800_000_000_000;
  readonly messages: ModelMessage[] = [];
  readonly undecided = new Set<string>();
  /** All claims so far, stale ones too. */
  readonly claims: ModelClaim[] = [];
  /** Attempts that never began. */
  readonly #unbegun = new WeakSet<object>();
  readonly #deliveries = new Map<string, ModelDelivery>();

  /** A message that is stored without a decision. */
  arrive(id: string, deliveryId: string, resubmittedFrom?: string): void {
    this.undecided.add(id);
    this.messages.push({
      id,
      deliveryId,
      status: "PENDING",
      duplicateOf: undefined,
      repetitionOf: undefined,
      resubmittedFrom,
      executions: [],
    });
  }

  /** Decides a received message. A resubmission is never a duplicate. Returns the resulting status. */
  decide(id: string, functions: readonly Owed[]) {
    const message = this.#message(id);
    this.undecided.delete(id);
    const isFirst = message.resubmittedFrom !== undefined || this.#isNewDelivery(message);
    const owed = isFirst ? functions : this.#repeat(message, functions);
    message.executions = owed.map((owed) => ({
      ...owed,
      status: "PENDING",
      dueAt: undefined,
      lease: 0,
      attempt: 0,
      interruptions: 0,
      attempts: [],
    }));
    this.#release(message);
    return message;
  }

  get due(): readonly { readonly message: ModelMessage; readonly execution: ModelExecution }[] {
    return this.messages
      .flatMap((message) => message.executions.map((execution) => ({ message, execution })))
      .filter(
        ({ execution: { status, dueAt } }) =>
          status === "PENDING" && (dueAt ?? Infinity) <= this.now,
      );
  }

  claim(messageId: string, name: string): ModelClaim {
    const execution = this.#execution(messageId, name);
    execution.status = "RUNNING";
    execution.lease++;
    const claim = { messageId, function: name, lease: execution.lease };
    this.claims.push(claim);
    return claim;
  }

  /** Whether a result of this claim would be accepted. */
  isStale({ messageId, function: name, lease }: ModelClaim): boolean {
    const execution = this.#execution(messageId, name);
    return execution.status !== "RUNNING" || execution.lease !== lease;
  }

  end(claim: ModelClaim, outcome: OutcomeName): void {
    if (this.isStale(claim)) return;
    const message = this.#message(claim.messageId);
    const execution = this.#execution(claim.messageId, claim.function);
    this.#move(execution, outcome);
    if (execution.status === "PENDING") return;
    this.#release(message);
    if (message.executions.some(isOpen)) return;
    const failed = message.executions.some(({ status }) => status === "FAILED");
    message.status = failed ? "FAILED" : "SUCCESS";
    if (message.resubmittedFrom !== undefined) this.#settle(message, message.resubmittedFrom);
    else if (failed) this.#noteFailed(message);
  }

  /** The first attempt ended before the message was stored, so no claim exists. */
  endEarly(messageId: string, name: string, outcome: OutcomeName): void {
    this.end(this.claim(messageId, name), outcome);
    this.claims.pop();
  }

  /** The process died and another one started. */
  resume(): void {
    this.clockWentBack();
    for (const execution of this.#executions("RUNNING")) {
      execution.status = "PENDING";
      execution.dueAt = Math.min(execution.dueAt ?? this.now, this.now);
    }
  }

  /** A first attempt is due at once. A retry keeps the delay that it had after the last attempt. */
  clockWentBack(): void {
    for (const execution of this.#executions("PENDING")) {
      const { dueAt, attempts } = execution;
      if (dueAt === undefined || dueAt <= this.now) continue;
      const endedAt = attempts.at(-1)?.endedAt;
      if (endedAt === undefined) execution.dueAt = this.now;
      else if (endedAt > this.now) execution.dueAt = this.now + dueAt - endedAt;
    }
  }

  #executions(status: ModelExecution["status"]): readonly ModelExecution[] {
    return this.messages
      .flatMap(({ executions }) => executions)
      .filter((execution) => execution.status === status);
  }

  #interrupt(execution: ModelExecution, begun: boolean): void {
    const { attempts, lease, attempt, interruptions } = execution;
    const unbegun = lease - 1 - attempt - interruptions;
    const before = attempts.at(-1);
    const isRepeated = before?.lease === lease - 1 && this.#unbegun.has(before);
    if (!begun && unbegun >= MAX_UNBEGUN && isRepeated) attempts.pop();
    const entry = { lease, outcome: "INTERRUPTED", endedAt: this.now };
    attempts.push(entry);
    if (begun) execution.interruptions++;
    else this.#unbegun.add(entry);
    const delayMs = begun ? 200 : Math.min(200 * 2 ** unbegun, 60_000);
    Object.assign(execution, { status: "PENDING", dueAt: this.now + delayMs });
  }

  #move(execution: ModelExecution, outcome: OutcomeName): void {
    const note = (text: string) =>
      execution.attempts.push({ lease: execution.lease, outcome: text, endedAt: this.now });
    const isInterruption = outcome === "interrupted" || outcome === "not begun";
    const isLast = outcome === "interrupted" && execution.interruptions >= MAX_INTERRUPTIONS;
    if (isInterruption && !isLast) {
      this.#interrupt(execution, outcome === "interrupted");
      return;
    }
    execution.attempt++;
    if (outcome === "success" || outcome === "filtered") {
      note(outcome.toUpperCase());
      Object.assign(execution, { status: outcome.toUpperCase(), dueAt: undefined });
      return;
    }
    note(isLast ? "CRASH" : "SCRIPT_ERROR");
    if (isLast || outcome === "fatal" || execution.attempt >= RETRY.maxAttempts)
      Object.assign(execution, { status: "FAILED", dueAt: undefined });
    else {
      const delayMs = RETRY.backoffMs * RETRY.factor ** (execution.attempt - 1);
      Object.assign(execution, { status: "PENDING", dueAt: this.now + delayMs });
    }
  }

  /** The executions of the next order may run once no earlier one is open. */
  #release({ executions }: ModelMessage): void {
    const open = executions.filter(isOpen);
    const turn = Math.min(...open.map(turnOf));
    for (const execution of open)
      if (turnOf(execution) === turn && execution.status === "PENDING")
        execution.dueAt ??= this.now;
  }

  #isNewDelivery({ id, deliveryId }: ModelMessage): boolean {
    const seen = this.#deliveries.get(deliveryId);
    if (seen !== undefined && seen.until > this.now) return false;
    const until = this.now + DEDUPE_SECONDS * 1000;
    this.#deliveries.set(deliveryId, { messageId: id, firstId: id, until, failed: [] });
    return true;
  }

  /** Only executions that failed for good run again. Without one the message is a duplicate. */
  #repeat(message: ModelMessage, functions: readonly Owed[]): readonly Owed[] {
    const { id, deliveryId } = message;
    const seen = this.#delivery(deliveryId);
    const owed = functions.filter((one) => seen.failed.includes(one.function));
    if (owed.length === 0) {
      Object.assign(message, { status: "DUPLICATE", duplicateOf: seen.messageId });
      return [];
    }
    message.repetitionOf = seen.firstId;
    const until = this.now + DEDUPE_SECONDS * 1000;
    const failed = seen.failed.filter((name) => !owed.some((one) => one.function === name));
    this.#deliveries.set(deliveryId, { ...seen, messageId: id, until, failed });
    return owed;
  }

  #noteFailed({ id, deliveryId, repetitionOf, executions }: ModelMessage): void {
    const seen = this.#deliveries.get(deliveryId);
    if (seen === undefined || !isRegistered(seen, id, repetitionOf)) return;
    const failed = executions.filter(({ status }) => status === "FAILED");
    const names = new Set([...seen.failed, ...failed.map((one) => one.function)]);
    this.#deliveries.set(deliveryId, { ...seen, failed: [...names] });
  }

  /** A function that a resubmission ran with success does not run again. */
  #settle({ id, status, executions }: ModelMessage, original: string): void {
    const { deliveryId } = this.#message(original);
    const seen = this.#deliveries.get(deliveryId);
    if (seen === undefined || this.undecided.has(original)) return;
    if (seen.failed.length === 0 || !this.#isRegistered(seen, original)) return;
    const succeeded = executions.filter((one) => one.status !== "FAILED");
    const failed = seen.failed.filter((name) => !succeeded.some((one) => one.function === name));
    if (failed.length > 0) this.#deliveries.set(deliveryId, { ...seen, failed });
    else if (status === "SUCCESS")
      this.#deliveries.set(deliveryId, { ...seen, messageId: id, failed });
  }

  /** Whether the message, or the one that it was resubmitted from, belongs to this registration. */
  #isRegistered(seen: ModelDelivery, id: string): boolean {
    const { repetitionOf, duplicateOf, resubmittedFrom } = this.#message(id);
    if (isRegistered(seen, id, repetitionOf ?? duplicateOf)) return true;
    return resubmittedFrom !== undefined && this.#isRegistered(seen, resubmittedFrom);
  }

  #delivery(deliveryId: string): ModelDelivery {
    const seen = this.#deliveries.get(deliveryId);
    if (seen === undefined) throw new Error(`the model has no delivery ${deliveryId}`);
    return seen;
  }

  #message(id: string): ModelMessage {
    const message = this.messages.find((one) => one.id === id);
    if (message === undefined) throw new Error(`the model has no message ${id}`);
    return message;
  }

  #execution(messageId: string, name: string): ModelExecution {
    const found = this.#message(messageId).executions.find((one) => one.function === name);
    if (found === undefined) throw new Error(`the model has no ${name} of ${messageId}`);
    return found;
  }
}
