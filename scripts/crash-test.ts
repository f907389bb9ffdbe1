/**
 * `npm run crash-test [-- --kills 50] [-- --seed N] [-- --real-disk] [-- --keep]`: kills a server under load many
 * times, and causes other faults. Then it checks the database, the API and the external effects of functions, and
 * proves that nothing was lost.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apiViolations, drained } from "./crash-test/check-api.ts";
import { deliveryViolations, type Violation } from "./crash-test/check-deliveries.ts";
import { diskOf, inNamespace, mountedFolder } from "./crash-test/disk.ts";
import { settings, writeInstallation } from "./crash-test/installation.ts";
import { Ledger } from "./crash-test/ledger.ts";
import { type LifeReport, live } from "./crash-test/life.ts";
import { type Plan, readPlan } from "./crash-test/plan.ts";
import { Random } from "./crash-test/random.ts";
import { type Results, table, verdict } from "./crash-test/report.ts";
import { readRows } from "./crash-test/rows.ts";
import { Server } from "./crash-test/server.ts";
import { type Effect, startSink } from "./crash-test/sink.ts";

/** A life may end before its kill. */
const LIVES_PER_KILL = 3;

async function runLives(plan: Plan, folder: string, ledger: Ledger): Promise<LifeReport[]> {
  const random = new Random(String(plan.seed));
  const deps = {
    settings: settings(folder),
    databasePath: join(folder, "data/hookyard.db"),
    disk: diskOf(folder),
    ledger,
    connections: plan.connections,
  };
  const lives: LifeReport[] = [];
  for (let kills = 0; kills < plan.kills && lives.length < plan.kills * LIVES_PER_KILL; ) {
    const number = lives.length + 1;
    const life = await live({ ...deps, number, random: random.derive(`life ${number}`) });
    lives.push(life);
    if (life.killed) kills++;
    const { moment, troubles } = life;
    console.log(`${kills}/${plan.kills} ${moment}${troubles.map((name) => `, ${name}`).join("")}`);
  }
  return lives;
}

/** One last life without faults and with a correct clock, in which all messages end. */
async function lastLife(folder: string, ledger: Ledger): Promise<readonly Violation[]> {
  const server = new Server(settings(folder), { wrongByMs: 0, jumpMs: 0 });
  const { url } = await server.ready();
  const isDrained = await drained(url);
  const violations = await apiViolations(url, ledger);
  const ending = await server.stop();
  return [
    ...violations,
    ...(isDrained ? [] : [{ subject: "the server", problem: "has messages that stay PENDING" }]),
    ...(ending === undefined ? [] : [{ subject: "the server", problem: ending }]),
  ];
}

function inspect(
  folder: string,
  {
    ledger,
    lives,
    effects,
  }: { ledger: Ledger; lives: readonly LifeReport[]; effects: readonly Effect[] },
): { readonly results: Results; readonly violations: readonly Violation[] } {
  using rows = readRows(join(folder, "data/hookyard.db"));
  const problems = [
    ...rows.damage,
    ...ledger.unexpected,
    ...lives.flatMap(({ accident }) => accident ?? []),
  ];
  const evidence = { ledger, rows, effects, starts: lives.length + 1 };
  const violations = [
    ...problems.map((problem) => ({ subject: "the server", problem })),
    ...deliveryViolations(evidence),
  ];
  const results = { lives, ledger, effects: effects.length, ...rows.totals };
  return { results: { ...results, isSmallDisk: mountedFolder() !== undefined }, violations };
}

async function crashTest(plan: Plan, folder: string): Promise<boolean> {
  await using sink = await startSink();
  writeInstallation(folder, sink.url);
  const ledger = new Ledger(plan.seed);
  const lives = await runLives(plan, folder, ledger);
  const found = await lastLife(folder, ledger);
  const { results, violations } = inspect(folder, { ledger, lives, effects: sink.effects });
  const all = [...found, ...violations];
  console.log(`\n${table(results)}\n\n${verdict(all)} (seed ${plan.seed})`);
  return all.length === 0;
}

async function main(): Promise<number> {
  const plan = readPlan(process.argv.slice(2));
  const mounted = mountedFolder();
  const folder = mounted ?? mkdtempSync(join(tmpdir(), "hookyard-crash-test-"));
  if (mounted === undefined && !plan.keep)
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  try {
    const code = plan.realDisk ? undefined : await inNamespace(folder, plan.seed);
    if (code !== undefined) return code;
    console.log(`seed ${plan.seed}, ${plan.kills} kills, ${plan.connections} connections`);
    return (await crashTest(plan, folder)) ? 0 : 1;
  } finally {
    // A mount disappears with this process, so its content is copied.
    if (plan.keep && mounted !== undefined)
      cpSync(join(folder, "data"), join(folder, "data-kept"), { recursive: true });
    if (plan.keep && mounted === undefined) console.log(`kept ${folder}`);
  }
}

// Exiting runs the handlers that end the servers and remove the folders.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main();
