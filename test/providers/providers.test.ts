/**
 * Sends the samples of providers through the whole server, to their own provider and to the others.
 * `catalogue.test.ts` tests only the match scripts, of all providers.
 */
import { afterAll, expect, test } from "vitest";
import {
  type Case,
  cases,
  environmentOf,
  post,
  providerNames,
  shipped,
  start,
} from "../support/shipped-samples.ts";
import { startTestApp, type TestApp } from "../support/test-app.ts";

test.each(providerNames)("%s has a sample that verifies and one that does not", (provider) => {
  const own = cases.filter((one) => one.provider === provider);
  expect(own.some(({ sample }) => sample.expect.verified === true)).toBe(true);
  expect(own.some(({ sample }) => sample.expect.verified === false)).toBe(true);
});

/** Samples with the same properties share a server, unless they are the same delivery. */
const apps = new Map<string, Promise<TestApp>>();
const appFor = (one: Case): Promise<TestApp> => {
  const environment = environmentOf(one);
  const keyOf = (other: Case) => JSON.stringify([other.provider, environmentOf(other)]);
  const { deliveryId } = one.sample.expect;
  const before = cases
    .slice(0, cases.indexOf(one))
    .filter(({ sample }) => sample.expect.deliveryId === deliveryId);
  const nth = before.filter((other) => keyOf(other) === keyOf(one)).length;
  const key = `${keyOf(one)} ${deliveryId === undefined ? 0 : nth}`;
  const app = apps.get(key) ?? start(one.provider, environment);
  apps.set(key, app);
  return app;
};
afterAll(async () => {
  for (const app of apps.values()) await (await app)[Symbol.asyncDispose]();
});

test.each(cases)("$provider judges its sample $file as it says there", async (one) => {
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
  await using app = await startTestApp({ providers: shipped(others) });
  for (const { file, sample } of cases.filter(({ provider }) => provider === owner)) {
    const { view } = await post(app, sample);
    const asked = view.trace.map(({ provider, matched, error }) => ({ provider, matched, error }));
    expect({ file, status: view.status }).toEqual({ file, status: "UNMATCHED" });
    expect(asked.toSorted((a, b) => (a.provider < b.provider ? -1 : 1))).toEqual(
      others.map((provider) => ({ provider, matched: false, error: undefined })),
    );
  }
});
