/**
 * `npm run real-senders [-- <program>...]`: installs programs that send webhooks from npm, points them at a Hookyard
 * server that it starts, and prints what the server made of each message. Ends with 1 if a message was not as expected.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endAllChildren } from "./bench/child.ts";
import type { Hookyard } from "./bench/hookyard.ts";
import { install } from "./real-senders/install.ts";
import { received, startReceiver } from "./real-senders/receiver.ts";
import { type Sender, uriOf } from "./real-senders/sender.ts";
import { SENDERS } from "./real-senders/senders.ts";
import { type Row, rowsOf, table } from "./real-senders/table.ts";
import { openTap } from "./real-senders/tap.ts";

/** How long the functions may run after the last message. */
const RUN_WITHIN_MS = 30_000;

const progress = (text: string): void => void process.stderr.write(`${text}\n`);

function chosen(names: readonly string[]): readonly Sender[] {
  const known = SENDERS.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`found ${unknown.join(", ")}, expected names among ${known.join(", ")}`);
  return names.length === 0 ? SENDERS : SENDERS.filter(({ name }) => names.includes(name));
}

/** A program that cannot be installed or run is a row too: the others go on. */
async function trySender(hookyard: Hookyard, sender: Sender, root: string) {
  const folder = join(root, "programs", sender.name);
  await using tap = await openTap(hookyard.url);
  let withinMs = RUN_WITHIN_MS;
  try {
    progress(`${sender.name}: installing ${sender.packages.join(", ")}`);
    await install(folder, sender);
    progress(`${sender.name}: sending`);
    const url = `${tap.url}/webhooks/v1/${uriOf(sender)}`;
    await sender.run({ folder, url, answers: () => tap.statuses.length });
  } catch (error) {
    withinMs = 0;
    progress(`${sender.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return rowsOf(sender, await received(hookyard, sender, withinMs), tap.statuses);
}

async function main(): Promise<void> {
  const senders = chosen(process.argv.slice(2));
  const root = mkdtempSync(join(tmpdir(), "hookyard-senders-"));
  try {
    await using hookyard = await startReceiver(root, senders);
    const rows: Row[] = [];
    for (const sender of senders) rows.push(...(await trySender(hookyard, sender, root)));
    process.stdout.write(`${table(rows)}\n`);
    if (rows.some(({ isRight }) => !isRight)) process.exitCode = 1;
  } finally {
    await endAllChildren();
    rmSync(root, { recursive: true, force: true });
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
await main();
