/** One payload of each event that GitHub documents, signed by GitHub's own library, which shares no code with ours. */
import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { examples, expectAccepted, expectRefused, webhooks } from "./github-examples.ts";

test("the package holds 329 examples of 58 events", () => {
  expect({ events: webhooks.length, examples: examples.length }).toEqual({
    events: 58,
    examples: 329,
  });
});

// Which examples they are differs from run to run: in the end it is all of them.
const one = webhooks.flatMap(({ name }) => {
  const ofEvent = examples.filter(({ event }) => event === name);
  return ofEvent.slice(randomInt(ofEvent.length)).slice(0, 1);
});

test("an example of each event is matched, verified, stored byte for byte and run", async () => {
  await expectAccepted(one);
});

test("a third of them is refused with one byte changed, and nothing runs", async () => {
  const first = randomInt(3);
  await expectRefused(one.filter((_, index) => index % 3 === first));
});
