/** The order in which waiting runs get a process. */
import { expect, test } from "vitest";
import { Suspects } from "../../src/sandbox/main/suspects.ts";
import { WaitQueues } from "../../src/sandbox/main/wait-queues.ts";

/** Each woken run finds room and wakes the next of its function. */
async function orderOf(keys: readonly string[], suspects: Suspects): Promise<readonly string[]> {
  const queues = new WaitQueues();
  const order: string[] = [];
  const runs = keys.map(async (key) => {
    await queues.wait(key, false);
    order.push(key);
    queues.wakeFirst(key);
  });
  queues.wakeAll((key) => suspects.has(key));
  await Promise.all(runs);
  return order;
}

test("functions that recently ended a process come after the first run of every other function", async () => {
  const suspects = new Suspects(60_000, 10);
  for (const key of ["fills", "loops"]) suspects.add(key);
  const order = await orderOf(
    ["fills", "fills", "loops", "calm", "fills", "quick", "calm"],
    suspects,
  );
  expect(order.slice(0, 2)).toEqual(["calm", "quick"]);
  expect(order.slice(2)).toEqual(["fills", "loops", "calm", "fills", "fills"]);
});

test("after its time a function counts as any other, and of too many the first is forgotten", async () => {
  const brief = new Suspects(-1, 10);
  brief.add("fills");
  expect(await orderOf(["fills", "calm"], brief)).toEqual(["fills", "calm"]);
  const few = new Suspects(60_000, 2);
  for (const key of ["first", "second", "third"]) few.add(key);
  expect(["first", "second", "third"].map((key) => few.has(key))).toEqual([false, true, true]);
});
