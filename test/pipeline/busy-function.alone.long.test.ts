/** A function with a long synchronous computation delays no other function. */
import { expect, test } from "vitest";
import { ANYTHING, fn, idIn, startParallelApp } from "../support/test-app.ts";

const BUSY = `export default () => {
  const end = Date.now() + 4000;
  while (Date.now() < end);
};`;

test("functions are answered while runs of another one compute for seconds", {
  timeout: 90_000,
}, async () => {
  await using app = await startParallelApp({
    providers: { anything: ANYTHING },
    functions: {
      busy: fn("busy", BUSY, { cpuMs: 60_000, timeoutMs: 60_000 }),
      quick: fn("quick", "export default () => 1;"),
    },
  });
  const run = async (uri: string) => await app.ended(await idIn(await app.send(uri)));
  await run("quick");
  let isBusy = true;
  const busy = Promise.all([run("busy"), run("busy")]).finally(() => {
    isBusy = false;
  });
  // The server notices a busy function only after some time.
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (let n = 0; n < 3; n++) expect((await run("quick")).status).toBe("SUCCESS");
  expect(isBusy).toBe(true);
  for (const view of await busy) {
    expect(view.status).toBe("SUCCESS");
    expect(view.executions[0]?.attempts).toHaveLength(1);
  }
});
