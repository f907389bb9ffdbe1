/** The time limit of the type stripper counts what its own thread uses. */
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { type Stripped, strip } from "../../src/sandbox/script/type-stripper.ts";

/** Long enough for the other threads to exceed the limit meanwhile, and far below it alone. */
const LEAST_MS = 1200;
const FEWEST_LEVELS = 12;

/** Each further level takes twice as long. */
const nested = (levels: number) => `${"<T>(".repeat(levels)}1${")".repeat(levels)};`;

async function slowText(): Promise<{ readonly text: string; readonly stripped: Stripped }> {
  for (let levels = FEWEST_LEVELS; ; levels++) {
    const text = nested(levels);
    const startedAt = performance.now();
    const stripped = await strip(text);
    if (performance.now() - startedAt > LEAST_MS) return { text, stripped };
  }
}

test("a script is not refused because other threads of the process are busy", async () => {
  const { text, stripped } = await slowText();
  const busy = [1, 2, 3].map(() => new Worker("for (;;);", { eval: true }));
  try {
    expect(await strip(text)).toEqual(stripped);
  } finally {
    await Promise.all(busy.map((one) => one.terminate()));
  }
});
