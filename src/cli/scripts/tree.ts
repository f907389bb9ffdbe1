/** `diff`, `push` and `pull` of a folder that holds the whole configuration. */
import { join } from "node:path";
import type { Command } from "commander";
import type { Api } from "../api.ts";
import { confirmed } from "../confirm.ts";
import { contextOf } from "../context.ts";
import { EXIT, Failure } from "../failure.ts";
import { json, line, remark, styled } from "../print.ts";
import { progressTo } from "../progress.ts";
import { type Definition, KINDS, LAYOUTS } from "./definition.ts";
import { librariesIn, readTree, removeDefinition, writeDefinition } from "./folder.ts";
import { checkSteps, perform, planOf, type Step } from "./plan.ts";
import { readAll } from "./remote.ts";
import { diffText, showDiff } from "./show-diff.ts";

export interface TreeOptions {
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly note?: string;
  readonly exitCode?: boolean;
  readonly all?: boolean;
}

const STYLES = {
  create: "green",
  update: "yellow",
  delete: "red",
  refused: "red",
  unchanged: "gray",
} as const;

const summaryOf = ({ action, kind, name }: Step) => ({ action, kind, name });

export async function diffTree(
  folder: string,
  { prune = false, exitCode = false }: TreeOptions,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const steps = await planOf(api, readTree(folder), { prune });
  const differing = steps.filter(({ action }) => action !== "unchanged");
  if (exitCode && differing.length > 0) process.exitCode = EXIT.failed;
  const texts = differing.map((step) =>
    diffText(step.remote?.definition, step.local, ["server", folder]),
  );
  if (asJson)
    return json({ items: differing.map((step, at) => ({ ...summaryOf(step), diff: texts[at] })) });
  for (const text of texts) showDiff(text);
  if (differing.length === 0) remark("The server and the folder are the same.");
}

export async function pushTree(
  folder: string,
  options: TreeOptions,
  command: Command,
): Promise<void> {
  const { prune = false, dryRun = false, yes = false, note } = options;
  const { api, json: asJson } = contextOf(command);
  const steps = await planOf(api, readTree(folder), { prune });
  for (const path of librariesIn(folder))
    remark(`${path}: shared modules are files of the server and are not pushed.`);
  const refused = steps.find(({ action }) => action === "refused");
  if (refused !== undefined) throw fileConflict(refused);
  const changes = steps.filter(({ action }) => action !== "unchanged");
  if (!asJson) show(steps);
  const removals = changes.filter(({ action }) => action === "delete").length;
  if (removals > 0 && !dryRun && !yes && !(await confirmed(`Delete ${removals} on the server?`)))
    return remark("Nothing was changed.");
  await (dryRun ? checkSteps(api, changes) : performAll(api, changes, note));
  if (asJson) json({ dryRun, items: steps.map(summaryOf) });
  else line(`${changes.length} ${dryRun ? "to change" : "changed"}`);
}

async function performAll(
  api: Api,
  changes: readonly Step[],
  note: string | undefined,
): Promise<void> {
  using bar = await progressTo(changes.length, "push");
  for (const [at, step] of changes.entries()) {
    await perform(api, step, note).catch((error: unknown) => {
      throw stoppedAt(step, `${at} of ${changes.length}`, error);
    });
    bar.at(at + 1, step.name);
  }
}

function stoppedAt({ kind, name }: Step, before: string, cause: unknown): unknown {
  if (!(cause instanceof Failure)) return cause;
  const message = `${kind} ${name}: ${cause.message}\
${before} changes were made before. Fix it and push again: changes that were made are not repeated.`;
  return new Failure(message, { cause, ...(cause.problem && { problem: cause.problem }) });
}

export const fileConflict = ({ kind, name }: Pick<Step, "kind" | "name">): Failure =>
  new Failure(
    `${kind} ${name} differs, and on the server it comes from a file, which the API does not change: change it there, or remove it there and push again. Nothing was changed.`,
  );

function show(steps: readonly Step[]): void {
  for (const { action, kind, name } of steps)
    if (action !== "unchanged") line(`${styled(STYLES[action], action.padEnd(9))} ${kind} ${name}`);
}

/** Pulls the definitions in the server's database; with `--all` those in its files too. */
export async function pullTree(
  folder: string,
  { prune = false, dryRun = false, all = false, yes = false }: TreeOptions,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const remotes = (await Promise.all(KINDS.map((kind) => readAll(api, kind)))).flat();
  const pulled = remotes
    .filter(({ source }) => all || source === "database")
    .map(({ definition }) => definition);
  const isOnServer = (one: Definition) =>
    remotes.some(({ definition }) => definition.kind === one.kind && definition.name === one.name);
  const removals = prune ? readTree(folder).filter((one) => !isOnServer(one)) : [];
  const target = ({ kind, name }: Definition) => join(folder, LAYOUTS[kind].plural, name);
  // A definition that was never pushed exists nowhere else, so removing it needs a confirmation.
  if (removals.length > 0 && !dryRun && !yes) {
    const question = `Remove ${removals.map(target).join(", ")}, which the server does not have?`;
    if (!(await confirmed(question))) return remark("Nothing was written or removed.");
  }
  const written = dryRun ? [] : pulled.flatMap((one) => writeDefinition(one, target(one), folder));
  for (const one of removals) if (!dryRun) removeDefinition(one, target(one), folder);
  if (asJson) return json({ dryRun, written, removed: removals.map(target) });
  for (const path of written) line(`written   ${path}`);
  for (const one of removals) line(`removed   ${target(one)}`);
  line(`${pulled.length} pulled, ${written.length} files written`);
}
