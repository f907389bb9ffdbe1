/**
 * `npm run api-calls [-- --seed N] [-- --rounds N]`: sends calls that are made from the API's own description, to a new
 * server in each round. Without `--rounds` it goes on until a call is answered otherwise than described, and then
 * prints the seed and the request.
 */
import { parseArgs } from "node:util";
import { Explorer } from "../test/api/generated/explorer.ts";
import { installation, targetOf } from "../test/api/generated/installation.ts";
import { liveAndDie } from "../test/api/generated/lives.ts";
import { startTestApp } from "../test/support/test-app.ts";

/** Requests of each sort for each call in a round. */
const RUNS = 15;

async function round(seed: number): Promise<number> {
  await using app = await startTestApp(installation);
  const explorer = await Explorer.open(await targetOf(app));
  await liveAndDie(explorer);
  for (const call of explorer.calls) {
    await explorer.checkAllowed(call, { seed, runs: RUNS });
    await explorer.checkRefused(call, { seed, runs: RUNS });
  }
  return explorer.sent;
}

const { values } = parseArgs({
  options: { seed: { type: "string" }, rounds: { type: "string" } },
});
const first = Number(values.seed ?? Date.now() % 1_000_000);
const rounds = Number(values.rounds ?? Number.POSITIVE_INFINITY);
let sent = 0;
for (let n = 0; n < rounds; n++) {
  const seed = first + n;
  sent += await round(seed).catch((error: unknown) => {
    throw new Error(`repeat it with --seed ${seed} --rounds 1`, { cause: error });
  });
  console.log(`seed ${seed}: ${sent} calls answered as described`);
}
