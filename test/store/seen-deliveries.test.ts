/** What is known of deliveries without asking the database, and that it is known again after a restart. */
import { expect, test } from "vitest";
import { Store } from "../../src/store/store.ts";
import { acceptedAs, DEDUPE_SECONDS, databaseFolder, messageOf, owed } from "./model/fixture.ts";

const NOW = 1_800_000_000_000;
const FUNCTIONS = [owed("a")] as const;

const isRepeated = (store: Store, delivery: string, now = NOW) =>
  store.isRepeated(messageOf("m-2", now), acceptedAs(delivery, FUNCTIONS), now);

test("a delivery is known from when it is stored until its window is over, also to the next process", async () => {
  using folder = databaseFolder();
  const path = folder.newPath();
  const decision = acceptedAs("d-1", FUNCTIONS);
  {
    using store = new Store(path);
    expect(isRepeated(store, "d-1")).toBe(false);
    await store.accept(messageOf("m-1", NOW), decision, NOW);
    expect(isRepeated(store, "d-1")).toBe(true);
    expect(isRepeated(store, "d-2")).toBe(false);
  }
  using store = new Store(path);
  expect(isRepeated(store, "d-1")).toBe(true);
  expect(isRepeated(store, "d-1", NOW + DEDUPE_SECONDS * 1000)).toBe(false);
});

test("what takes the place of another in memory is not taken for it", async () => {
  using folder = databaseFolder();
  using store = new Store(folder.newPath());
  const stored = Array.from({ length: 600 }, async (_, number) => {
    const id = `m-${number}`;
    await store.accept(messageOf(id, NOW), acceptedAs(id, FUNCTIONS), NOW);
  });
  await Promise.all(stored);
  const known = Array.from({ length: 1200 }, (_, number) => isRepeated(store, `m-${number}`));
  expect(known.slice(600).filter(Boolean)).toEqual([]);
  // Two of 600 in one of 262,144 places is a matter of chance, more than a few are not.
  expect(known.slice(0, 600).filter(Boolean).length).toBeGreaterThan(590);
});
