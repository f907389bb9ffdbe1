/**
 * Sends the samples of providers through the whole server, to their own provider and to the others.
 * `catalogue.test.ts` tests only the match scripts, of all providers.
 */
import { afterAll, expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import {
  type Case,
  cases,
  environmentOf,
  post,
  providerNames,
  shipped,
  start,
} from "../support/shipped-samples.ts";
import type { TestApp } from "../support/test-app.ts";

const shared = new SharedApp();

test.each(providerNames)("%s has a sample that verifies and one that does not", (provider) => {
  const own = cases.filter((one) => one.provider === provider);
  expect(own.some(({ sample }) => sample.expect.verified === true)).toBe(true);
  expect(own.some(({ sample }) => sample.expect.verified === false)).toBe(true);
});

interface Slot {
  /** By provider: two samples with different secrets need one server each. */
  readonly environments: Map<string, Readonly<Record<string, string>>>;
  readonly deliveries: Set<string>;
  app?: Promise<TestApp>;
}

/**
 * Puts as many samples as possible on one server. Samples of one delivery, or with other properties, need another
 * server.
 */
const slots: Slot[] = [];
const slotOf = new Map<Case, Slot>();
for (const one of cases) {
  const environment = environmentOf(one);
  const delivery = `${one.provider} ${one.sample.expect.deliveryId}`;
  const fits = ({ environments, deliveries }: Slot) => {
    const known = environments.get(one.provider);
    const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(environment);
    return isSame && (one.sample.expect.deliveryId === undefined || !deliveries.has(delivery));
  };
  let slot = slots.find(fits);
  if (slot === undefined) {
    slot = { environments: new Map(), deliveries: new Set() };
    slots.push(slot);
  }
  slot.environments.set(one.provider, environment);
  slot.deliveries.add(delivery);
  slotOf.set(one, slot);
}
function appFor(one: Case): Promise<TestApp> {
  const slot = slotOf.get(one);
  if (slot === undefined) throw new Error(`${one.file} is no case`);
  slot.app ??= start(Object.assign({}, ...slot.environments.values()));
  return slot.app;
}
afterAll(async () => {
  for (const { app } of slots) await (await app)?.[Symbol.asyncDispose]();
});

test.each(cases)("$provider gives its sample $file the expected verdict", async (one) => {
  const { matched, verified, eventType, deliveryId, reason } = one.sample.expect;
  const app = await appFor(one);
  const { status, view } = await post(app, one.sample);
  if (!matched) {
    expect(view).toMatchObject({ status: "UNMATCHED", provider: null, executions: [] });
    return;
  }
  expect(status).toBe(verified ? 202 : 401);
  expect(view).toMatchObject({
    status: verified ? "SUCCESS" : "REJECTED",
    provider: one.provider,
    eventType: eventType ?? null,
    deliveryId: deliveryId ?? null,
    verification: {
      mode: "enforce",
      result: verified ? "ok" : "failed",
      ...(reason === undefined ? {} : { reason }),
    },
  });
  expect(view.executions).toHaveLength(verified ? 1 : 0);
});

test.each(providerNames)("no other provider matches a sample of %s", async (owner) => {
  const others = providerNames.filter((name) => name !== owner);
  const app = await shared.with({ providers: shipped(others) });
  for (const { file, sample } of cases.filter(({ provider }) => provider === owner)) {
    const { view } = await post(app, sample);
    const entries = view.trace.map(({ provider, matched, error }) => ({
      provider,
      matched,
      error,
    }));
    expect({ file, status: view.status }).toEqual({ file, status: "UNMATCHED" });
    expect(entries.toSorted((a, b) => (a.provider < b.provider ? -1 : 1))).toEqual(
      others.map((provider) => ({ provider, matched: false, error: undefined })),
    );
  }
});
