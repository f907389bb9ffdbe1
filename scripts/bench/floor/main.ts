/**
 * `npm run bench -- floor`: measures what the indispensable parts cost on their own, and how far Hookyard is above
 * them.
 */
import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { startBare } from "../bare.ts";
import { endChild, nextMessage, registered } from "../child.ts";
import { spread, whole } from "../format.ts";
import { startHookyard } from "../hookyard.ts";
import { URI, URI_WITHOUT_FUNCTIONS } from "../installation.ts";
import { Load } from "../load.ts";
import { describeMachine } from "../machine.ts";
import { makePush, SECRET } from "../push.ts";
import { CONNECTIONS, measureProcessed, messagesUrl, rateOf } from "../rounds.ts";
import { median } from "../statistics.ts";
import { conditionsOfTurns } from "../turns.ts";

const ENTRY = fileURLToPath(new URL("server.ts", import.meta.url));
const START_WITHIN_MS = 10_000;
const AMOUNT = CONNECTIONS * 60;

type Work = "accept" | "process";

async function startFloor(folder: string, work: Work) {
  const args = [join(folder, `floor-${work}.db`), SECRET, work];
  const child = registered(fork(ENTRY, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] }));
  const address = await nextMessage(child, `starting the floor to ${work}`, START_WITHIN_MS);
  const { port } = z.object({ port: z.int() }).parse(address);
  const url = `http://127.0.0.1:${port}/webhooks/v1/${URI}`;
  return { url, [Symbol.asyncDispose]: () => endChild(child) };
}

export async function measureFloor(folder: string, rounds: number): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const machine = describeMachine(folder);
  const load = stack.use(await Load.start());
  const push = makePush();
  const flood = (url: string) => async () => {
    const job = { kind: "flood", url, ...push, amount: AMOUNT, connections: CONNECTIONS } as const;
    return rateOf(AMOUNT, await load.run(job, 202));
  };
  const bare = stack.use(await startBare(URI));
  const accept = stack.use(await startFloor(folder, "accept"));
  const processes = stack.use(await startFloor(folder, "process"));
  const hookyard = stack.use(await startHookyard(folder, join(folder, "data")));
  const targets: readonly (readonly [string, () => Promise<number>])[] = [
    ["bare Express", flood(bare.url)],
    ["the parts of accepting, by themselves", flood(accept.url)],
    ["Hookyard, accepting", flood(messagesUrl(hookyard, URI_WITHOUT_FUNCTIONS))],
    ["the parts of the whole work, by themselves", flood(processes.url)],
    [
      "Hookyard, the whole work",
      async () => (await measureProcessed({ hookyard, load, push }, AMOUNT)).processed,
    ],
  ];
  for (const [, measure] of targets) await measure();
  const rates = targets.map(([name, measure]) => ({ name, measure, found: [] as number[] }));
  for (let round = 0; round < rounds; round++)
    for (const { measure, found } of rates) found.push(await measure());
  const base = median(rates[0]?.found ?? []);
  const lines = rates.map(
    ({ name, found }) =>
      `| ${name} | ${spread(found, whole)} | ${(median(found) / base).toFixed(3)} |`,
  );
  return [
    ...conditionsOfTurns(machine, rounds, AMOUNT),
    "| | messages per second | ratio to bare Express |",
    "|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}
