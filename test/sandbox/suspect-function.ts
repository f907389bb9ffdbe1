/** A function that ends its process interrupts other functions once. */
import { expect } from "vitest";
import { startIsolates } from "../support/both-worlds.ts";

/** V8 ends the process, because a growing map does not fit at once. */
const FILL =
  "export default () => { const map = new Map(); for (let n = 0; ; n++) map.set(n, n); };";
const CALM =
  "export default async (event, ctx) => { await ctx.sleep(1500); return event.payload; };";
const QUICK = "export default () => 7;";

const kindOf = (end: Awaited<ReturnType<ReturnType<typeof startIsolates>["end"]>>) =>
  "interrupted" in end ? "interrupted" : (end.fault?.kind ?? "success");

export async function expectRunsApart(processes: number): Promise<void> {
  await using isolates = startIsolates({ processes, memoryMb: 16 });
  expect(kindOf(await isolates.end(FILL))).toBe("MEMORY_LIMIT");
  // All processes run.
  expect(kindOf(await isolates.end(QUICK))).toBe("success");
  const calm = Array.from({ length: 5 }, (_, n) => isolates.end(CALM, n));
  for (let n = 0; n < 2; n++) expect(kindOf(await isolates.end(FILL))).not.toBe("success");
  expect((await Promise.all(calm)).map(kindOf)).toEqual(Array(5).fill("success"));
}
