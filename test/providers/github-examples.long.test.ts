/** Every payload that GitHub documents, signed by GitHub's own library, which shares no code with ours. */
import { test } from "vitest";
import { examples, expectAccepted, expectRefused } from "./github-examples.ts";

const TIME = { timeout: 120_000 };

test("every example is matched, verified, stored byte for byte and run", TIME, async () => {
  await expectAccepted(examples);
});

test("every example is refused with one byte changed, and nothing runs", TIME, async () => {
  await expectRefused(examples);
});
