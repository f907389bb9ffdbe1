import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

/** The run has three short lives of the server and a last one. Each start can take long beside other tests. */
const RUN_WITHIN_MS = 180_000;

test("a short crash test finds nothing lost", { timeout: RUN_WITHIN_MS }, async () => {
  const args = ["--disable-warning=ExperimentalWarning", "scripts/crash-test.ts", "--kills", "3"];
  const run = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => run.on("exit", resolve));
  const output = await text(run.stdout);
  expect(output).toMatch(/nothing was lost/);
  expect(output).toMatch(/kills +3$/m);
  expect(await exited).toBe(0);
});
