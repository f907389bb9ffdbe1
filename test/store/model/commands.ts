/** Commands for random tests. Each runs on the store and on the model, and compares the two. */
import fc from "fast-check";
import { expect } from "vitest";
import { createLogger } from "../../../src/logger.ts";
import { Metrics } from "../../../src/metrics.ts";
import type { OwedFunction } from "../../../src/model/decision.ts";
import { isLast, type LastAttempt } from "../../../src/model/retry.ts";
import { conclude, record } from "../../../src/pipeline/record/record.ts";
import type { Claim } from "../../../src/store/executions/execution-table.ts";
import { Store } from "../../../src/store/store.ts";
import { upTo } from "../../support/turns.ts";
import {
  acceptedAs,
  copyAsAfterKill,
  messageOf,
  OUTCOMES,
  type OutcomeName,
  owed,
  RETRY,
} from "./fixture.ts";
import type { Model, ModelClaim } from "./model.ts";
import { viewOf, viewOfModel } from "./views.ts";

/** The store under test, and the claims that it returned. */
export interface Real {
  store: Store;
  path: string;
  readonly newPath: () => string;
  readonly claims: Map<string, Claim>;
}

type Command = fc.AsyncCommand<Model, Real>;
type Functions = readonly [OwedFunction, ...OwedFunction[]];

const FUNCTIONS: readonly Functions[] = [
  [owed("a")],
  [owed("a"), owed("b")],
  [owed("a", 1), owed("b", 2)],
  [owed("c"), owed("a", 1), owed("b", 1), owed("d", 7)],
];
const log = createLogger("silent");
const metrics = new Metrics();
const keyOf = ({ messageId, function: name, lease }: ModelClaim) => `${messageId}/${name}#${lease}`;
const shapeOf = (functions: Functions) =>
  functions.map(({ name, order }) => ({ function: name, order }));

/** Makes a command of a function. The rows are compared after each command. */
function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    run: async (model, real) => {
      await run(model, real);
      expect(viewOf(real.path)).toEqual(viewOfModel(model));
    },
    toString: () => name,
  };
}

function remember(real: Real, model: Model, claims: readonly Claim[]): void {
  for (const claim of claims) {
    const made = model.claim(claim.messageId, claim.function);
    expect(claim.leaseToken).toBe(made.lease);
    real.claims.set(keyOf(made), claim);
  }
}

/** Records a result like the server. A random value of one half makes retry delays exact. */
const end = (real: Real, model: Model, claim: ModelClaim, outcome: OutcomeName) => {
  const held = real.claims.get(keyOf(claim));
  if (held === undefined) throw new Error(`no claim ${keyOf(claim)}`);
  const around = { store: real.store, log, metrics, now: () => model.now, random: () => 0.5 };
  return record(held, { outcome: OUTCOMES[outcome], version: "v1" }, around);
};

const arriving = (model: Model) => `m-${String(model.messages.length).padStart(4, "0")}`;

const accept = (deliveryId: string, functions: Functions) =>
  command(`accept ${deliveryId} ${functions.map(({ name }) => name)}`, async (model, real) => {
    const id = arriving(model);
    const decision = acceptedAs(deliveryId, functions);
    const accepted = await real.store.accept(messageOf(id, model.now), decision, model.now);
    model.arrive(id, deliveryId);
    const made = model.decide(id, shapeOf(functions));
    expect(accepted).toEqual({
      verdict: expect.objectContaining({ status: made.status }),
      claims: [],
    });
  });

/** Executions that may run at once begin before they are stored, and some of them end in this order, by function. */
const acceptBegun = (
  deliveryId: string,
  functions: Functions,
  ends: readonly (OutcomeName | undefined)[],
) =>
  command(
    `accept begun ${deliveryId} ${functions.map(({ name }, at) => `${name} ${ends[at]}`)}`,
    async (model, real) => {
      const id = arriving(model);
      const earlyOf = (name: string) => ends[functions.findIndex((one) => one.name === name)];
      const endedOf = (name: string) => earlyEnd(earlyOf(name), model.now);
      const message = messageOf(id, model.now);
      const decision = acceptedAs(deliveryId, functions);
      const { verdict, claims } = await real.store.accept(message, decision, model.now, endedOf);
      model.arrive(id, deliveryId);
      const made = model.decide(id, shapeOf(functions));
      // Runs that began before the message was known to be a repetition do not count.
      const counts = made.repetitionOf === undefined;
      const begun = counts ? made.executions.filter(({ dueAt }) => dueAt !== undefined) : [];
      expect(claims.map((claim) => claim.function)).toEqual(
        begun.map((one) => one.function).filter((name) => endedOf(name) === undefined),
      );
      remember(real, model, claims);
      for (const { function: name } of begun) {
        const outcome = earlyOf(name);
        const hasEnded = outcome !== undefined && endedOf(name) !== undefined;
        if (hasEnded) model.endEarly(id, name, outcome);
      }
      expect(verdict.status).toBe(made.status);
    },
  );

/** How the first attempt of a function ends; undefined when it continues or will run again. */
function earlyEnd(early: OutcomeName | undefined, now: number): LastAttempt | undefined {
  if (early === undefined) return undefined;
  const tries = { leaseToken: 1, attempt: 0, interruptions: 0, retry: RETRY };
  const executed = { outcome: OUTCOMES[early], version: "v1" };
  const ended = conclude(tries, executed, { now: () => now, random: () => 0.5 });
  return isLast(ended) ? ended : undefined;
}

const arrive = (deliveryId: string) =>
  command(`arrive ${deliveryId}`, async (model, real) => {
    const id = arriving(model);
    await real.store.accept(messageOf(id, model.now), undefined, model.now);
    model.arrive(id, deliveryId);
  });

/** Runs the command twice, like two holders that race: the first one counts. */
const decide = (functions: Functions) =>
  command(`decide ${functions.map(({ name }) => name)}`, async (model, real) => {
    const [id] = model.undecided;
    const message = model.messages.find((one) => one.id === id);
    if (id === undefined || message === undefined) return;
    const decision = acceptedAs(message.deliveryId, functions);
    const decideIt = () => real.store.decide(messageOf(id, model.now), decision, model.now);
    const [first, second] = await Promise.all([decideIt(), decideIt()]);
    const made = model.decide(id, shapeOf(functions));
    expect([first?.status, second]).toEqual([made.status, undefined]);
  });

const resubmit = (pick: number, functions: Functions) =>
  command(`resubmit ${pick} ${functions.map(({ name }) => name)}`, async (model, real) => {
    const original = model.messages[pick % model.messages.length];
    if (original === undefined) return;
    const id = arriving(model);
    const resubmission = { of: original.id, judgedAt: model.now, edited: false };
    const message = { ...messageOf(id, model.now), resubmission };
    const decision = acceptedAs(original.deliveryId, functions);
    const { verdict } = await real.store.accept(message, decision, model.now);
    model.arrive(id, original.deliveryId, original.id);
    model.decide(id, shapeOf(functions));
    expect(verdict.status).toBe("PENDING");
  });

const claim = (slots: number) =>
  command(`claim ${slots}`, async (model, real) => {
    const due = model.due.map(({ message, execution }) => `${message.id}/${execution.function}`);
    const { claims } = await real.store.claim(model.now, upTo(slots, 100));
    const claimed = claims.map((one) => `${one.messageId}/${one.function}`);
    expect(claimed).toHaveLength(Math.min(slots, due.length));
    expect(due).toEqual(expect.arrayContaining(claimed));
    remember(real, model, claims);
  });

/** Any claim so far. Most are stale, like a result that arrives after a restart. */
const finish = (pick: number, outcome: OutcomeName, onlyHeld: boolean) =>
  command(`finish ${pick} ${outcome} ${onlyHeld}`, async (model, real) => {
    const candidates = model.claims.filter((one) => !(onlyHeld && model.isStale(one)));
    const picked = candidates[pick % candidates.length];
    if (picked === undefined) return;
    const isStale = model.isStale(picked);
    const recorded = await end(real, model, picked, outcome);
    model.end(picked, outcome);
    expect(recorded.stale).toBe(isStale);
    const { status } = model.messages.find(({ id }) => id === picked.messageId) ?? {};
    expect(recorded.ended !== undefined).toBe(!isStale && status !== "PENDING");
  });

/** Two results of one claim in one commit: the first counts. */
const finishTwice = (pick: number, outcomes: readonly [OutcomeName, OutcomeName]) =>
  command(`finish twice ${pick} ${outcomes}`, async (model, real) => {
    const held = model.claims.filter((one) => !model.isStale(one));
    const picked = held[pick % held.length];
    if (picked === undefined) return;
    const both = outcomes.map((outcome) => end(real, model, picked, outcome));
    const stale = (await Promise.all(both)).map((recorded) => recorded.stale);
    model.end(picked, outcomes[0]);
    expect(stale).toEqual([false, true]);
  });

/** A crash loses the writes that are not committed, and no committed write. */
const crash = () =>
  command("crash", async (model, real) => {
    const { store, path } = real;
    const lost = store.accept(messageOf("lost", model.now), undefined, model.now);
    real.path = real.newPath();
    copyAsAfterKill(path, real.path);
    await lost;
    store[Symbol.dispose]();
    real.store = new Store(real.path);
    const { undecided } = await real.store.resume(model.now);
    expect(undecided).toEqual([...model.undecided]);
    model.resume();
  });

const wait = (ms: number) =>
  command(`wait ${ms}`, (model) => {
    model.now += ms;
    return Promise.resolve();
  });

/** The clock may only have moved forward, and then the command does nothing. */
const heedClock = () =>
  command("heed the clock", async (model, real) => {
    await real.store.leases.clockWentBack(model.now);
    model.clockWentBack();
  });

const deliveryId = fc.constantFrom("d-1", "d-2", "d-3", "d-4");
const functions = fc.constantFrom(...FUNCTIONS);
const outcome = fc.constantFrom(...(Object.keys(OUTCOMES) as OutcomeName[]));
const early = fc.option(outcome, { nil: undefined });
const index = fc.nat(1000);

export const COMMANDS: fc.Arbitrary<Command>[] = [
  fc.tuple(deliveryId, functions).map((args) => accept(...args)),
  fc
    .tuple(deliveryId, functions, fc.array(early, { minLength: 4, maxLength: 4 }))
    .map((args) => acceptBegun(...args)),
  deliveryId.map(arrive),
  functions.map(decide),
  fc.tuple(index, functions).map((args) => resubmit(...args)),
  fc.integer({ min: 1, max: 8 }).map(claim),
  fc.tuple(index, outcome, fc.boolean()).map((args) => finish(...args)),
  fc.tuple(index, outcome, fc.constant(true)).map((args) => finish(...args)),
  fc.tuple(index, fc.tuple(outcome, outcome)).map((args) => finishTwice(...args)),
  fc.constant(crash()),
  fc.constant(heedClock()),
  fc.constantFrom(1, 200, 1000, 5000, 61_000).map(wait),
  fc.constantFrom(-700, -4000, -3_600_000).map(wait),
];
