/** A function that ends its process interrupts its neighbours once. */
import { test } from "vitest";
import { expectRunsApart } from "./suspect-function.ts";

test("once it has ended one, it runs apart from the others, with two processes", async () => {
  await expectRunsApart(2);
});
