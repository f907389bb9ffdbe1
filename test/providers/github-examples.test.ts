/** One payload of each event that GitHub documents, signed by GitHub's own library, which shares no code with Hookyard. */
import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { examples, expectAccepted, expectRefused, webhooks } from "./github-examples.ts";

test("the package holds 329 examples of 58 events", () => {
  expect({ events: webhooks.length, examples: examples.length }).toEqual({
    events: 58,
    examples: 329,
  });
});

// The chosen examples differ from run to run, so that over time each one is tested.
const chosen = webhooks.flatMap(({ name }) => {
  const ofEvent = examples.filter(({ event }) => event === name);
  return ofEvent.slice(randomInt(ofEvent.length)).slice(0, 1);
});

test("an example of each event is matched, verified, stored byte for byte and run", async () => {
  await expectAccepted(chosen);
});

test("an example with one byte changed is refused, and no function runs", async () => {
  const first = randomInt(3);
  await expectRefused(chosen.filter((_, index) => index % 3 === first));
});
