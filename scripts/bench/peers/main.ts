/** `npm run bench -- peers`: sends the same messages to other programs, in the same run. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBare } from "../bare.ts";
import { spread, whole } from "../format.ts";
import { startHookyard } from "../hookyard.ts";
import { URI } from "../installation.ts";
import { Load } from "../load.ts";
import { describeMachine } from "../machine.ts";
import { makePush } from "../push.ts";
import { CONNECTIONS, measureProcessed, rateOf } from "../rounds.ts";
import { median } from "../statistics.ts";
import { conditionsOfTurns } from "../turns.ts";
import { startWebhook, webhookVersion } from "./debian-webhook.ts";
import { NODE_RED, startNodeRed } from "./node-red.ts";

const AMOUNT = CONNECTIONS * 40;

interface Target {
  readonly name: string;
  readonly does: string;
  /** Messages per second. */
  readonly measure: () => Promise<number>;
}

export async function measurePeers(folder: string, rounds: number): Promise<string> {
  const machine = describeMachine(tmpdir());
  await using stack = new AsyncDisposableStack();
  const targets = await startTargets(stack, folder);
  for (const { measure } of targets) await measure();
  const rates = new Map<Target, number[]>(targets.map((target) => [target, []]));
  for (let round = 0; round < rounds; round++)
    for (const [target, found] of rates) found.push(await target.measure());
  const [base = []] = rates.values();
  const lines = [...rates].map(([{ name, does }, found]) => {
    const ratio = (median(found) / median(base)).toFixed(3);
    return `| ${name} | ${does} | ${spread(found, whole)} | ${ratio} |`;
  });
  return [
    ...conditionsOfTurns(machine, rounds, AMOUNT),
    "| | what it does for a message | messages per second | ratio to bare Express |",
    "|---|---|---|---|",
    ...lines,
    ...(webhookVersion() === undefined
      ? ["", "The Debian package `webhook` is not installed here (`apt-get install webhook`)."]
      : []),
    "",
  ].join("\n");
}

async function startTargets(
  stack: AsyncDisposableStack,
  folder: string,
): Promise<readonly Target[]> {
  const load = stack.use(await Load.start());
  const push = makePush();
  const flood = (url: string) => async () =>
    rateOf(
      AMOUNT,
      await load.run(
        { kind: "flood", url, ...push, amount: AMOUNT, connections: CONNECTIONS },
        202,
      ),
    );
  const bare = stack.use(await startBare(URI));
  const hookyard = stack.use(await startHookyard(folder, join(folder, "data")));
  const nodeRed = stack.use(await startNodeRed(folder));
  const version = webhookVersion();
  const targets: Target[] = [
    { name: "bare Express", does: "reads the body, answers", measure: flood(bare.url) },
    {
      name: "Hookyard",
      does: "8 providers tried, signature verified, stored with fsync, answered; 2 sandboxed functions run, outcomes stored",
      measure: async () => (await measureProcessed({ hookyard, load, push }, AMOUNT)).processed,
    },
    {
      name: `Node-RED ${NODE_RED}`,
      does: "parses the body, runs one function in its own process, answers; nothing is verified and nothing stored",
      measure: flood(nodeRed.url),
    },
  ];
  if (version === undefined) return targets;
  const webhook = stack.use(await startWebhook(folder));
  const does =
    "parses the body, answers, starts `/bin/true` after the answer without waiting for it; nothing is verified and nothing stored";
  // Otherwise the next target would be measured while those processes still run.
  const measure = () => flood(webhook.url)().finally(webhook.untilIdle);
  return [...targets, { name: `webhook ${version}`, does, measure }];
}
