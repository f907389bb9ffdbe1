/** Many functions that sleep leave slots to other functions. */
import { test } from "vitest";
import { expectAsIdle, fill, useServer } from "./fair-shares.ts";

useServer();

test("two functions that sleep, with 600 runs at once each, leave slots to the others", {
  timeout: 120_000,
}, async () => {
  await fill(["one/a", "one/b"], 620);
  await expectAsIdle("other/quick", "one/quick", "many/quick");
});
