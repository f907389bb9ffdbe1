/**
 * `npm run bench [-- sandbox|catalogue|search|log|scale|peers|floor] [-- --quick] [-- --write]`: measures how many
 * messages per second Hookyard accepts and fully processes, as a ratio to a bare Express handler measured in the same
 * run. A figure is only printed if all its messages ended as expected.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { startBare } from "./bench/bare.ts";
import { measureCatalogue } from "./bench/catalogue/main.ts";
import { endAllChildren } from "./bench/child.ts";
import { measureFloor } from "./bench/floor/main.ts";
import { type Hookyard, startHookyard } from "./bench/hookyard.ts";
import { makeInstallation, URI } from "./bench/installation.ts";
import { Load } from "./bench/load.ts";
import { measureLog } from "./bench/log/main.ts";
import { describeMachine } from "./bench/machine.ts";
import { measurePeers } from "./bench/peers/main.ts";
import { type Plan, readPlan } from "./bench/plan.ts";
import { memoryOf, processTree } from "./bench/process-tree.ts";
import { makePush } from "./bench/push.ts";
import { report } from "./bench/report.ts";
import { measureRoundTrips } from "./bench/round-trip.ts";
import { measureRounds, type Targets } from "./bench/rounds.ts";
import { measureSandbox } from "./bench/sandbox/main.ts";
import { measureScale } from "./bench/scale/main.ts";
import { measureSearch } from "./bench/search/main.ts";
import { median } from "./bench/statistics.ts";
import { summary } from "./bench/summary.ts";
import { type Section, writeSection } from "./readme-section.ts";

/** Lets the work that follows a start finish before memory is measured. */
const SETTLE_MS = 2000;
const SYNC_SHARE = 0.1;

/** Starts the server several times on new data; the last one stays. */
async function start(folder: string, plan: Plan) {
  const readyMs: number[] = [];
  const profile =
    plan.cpuProfileDir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${plan.cpuProfileDir}`];
  for (;;) {
    const isLast = readyMs.length + 1 === plan.starts;
    const data = join(folder, `data-${readyMs.length}`);
    const hookyard = await startHookyard(folder, data, isLast ? profile : []);
    readyMs.push(hookyard.readyMs);
    if (isLast) return { hookyard, readyMs };
    await hookyard[Symbol.asyncDispose]();
  }
}

const memoryOfAll = ({ pid }: Hookyard) => memoryOf(processTree(pid));

async function measure(folder: string, plan: Plan): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const machine = describeMachine(folder);
  const push = makePush();
  const { hookyard, readyMs } = await start(folder, plan);
  stack.use(hookyard);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const idle = memoryOfAll(hookyard);
  const bare = stack.use(await startBare(URI));
  const targets: Targets = { bare, hookyard, load: stack.use(await Load.start()), push };
  const rounds = await measureRounds(targets, plan);
  const afterLoad = memoryOfAll(hookyard);
  const syncPerSecond = SYNC_SHARE * median(rounds.map(({ processed }) => processed));
  const roundTrip = await measureRoundTrips(targets, syncPerSecond, plan.syncSeconds);
  const bodyBytes = Buffer.byteLength(push.body);
  return report({
    machine,
    bodyBytes,
    rounds,
    syncPerSecond,
    roundTrip,
    readyMs,
    idle,
    afterLoad,
  });
}

/** Returns the figures, and their section in the guide of the scripts. */
async function measureSubject(
  folder: string,
  plan: Plan,
): Promise<{ readonly section: Section; readonly text: string }> {
  switch (plan.subject) {
    case "sandbox":
      return { section: "bench-sandbox", text: await measureSandbox(plan.rounds) };
    case "catalogue":
      return { section: "bench-catalogue", text: await measureCatalogue(plan.rounds * 3) };
    case "search":
      return { section: "bench-search", text: await measureSearch(plan.messages, plan.searches) };
    case "log":
      return { section: "bench-log", text: await measureLog(folder, plan.rounds) };
    case "scale":
      return { section: "bench-scale", text: await measureScale(plan.rounds) };
    case "peers":
      return { section: "bench-peers", text: await measurePeers(folder, plan.rounds) };
    case "floor":
      return { section: "bench-floor", text: await measureFloor(folder, plan.rounds) };
    case "all":
      return { section: "bench", text: await measure(folder, plan) };
  }
}

async function main(): Promise<void> {
  const plan = readPlan();
  const folder = makeInstallation();
  let abandoned = false;
  const abandon = (why: string) => {
    abandoned = true;
    console.error(`benchmark abandoned: ${why}`);
    void endAllChildren().finally(() => process.exit(1));
  };
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, abandon);
  const late = () => abandon(`not done within ${plan.atMostSeconds} s`);
  setTimeout(late, plan.atMostSeconds * 1000).unref();
  try {
    const { section, text } = await measureSubject(folder, plan);
    console.log(text);
    if (!plan.writes) return;
    writeSection(section, text);
    if (section === "bench") writeSection("bench-summary", summary(text));
  } catch (error) {
    if (abandoned) return;
    console.error(error);
    process.exitCode = 1;
  }
}

await main();
