/** `providers …` and `functions …`: commands for one definition at a time. */
import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import { confirmed } from "../confirm.ts";
import { contextOf } from "../context.ts";
import { EXIT, usage } from "../failure.ts";
import { type Cell, json, line, remark, statusCell, table } from "../print.ts";
import { cell } from "../printable.ts";
import { versionText } from "../version-text.ts";
import { type Kind, LAYOUTS } from "./definition.ts";
import { readDefinition, writeDefinition } from "./folder.ts";
import { checkSteps, perform, stepOf } from "./plan.ts";
import {
  findRemote,
  type Listed,
  listRemote,
  patch,
  readRemote,
  remove,
  setOrder,
} from "./remote.ts";
import { diffText, showDiff } from "./show-diff.ts";
import { fileConflict } from "./tree.ts";

const PROBLEM_LENGTH = 120;

export async function listScripts(kind: Kind, _options: object, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const items = await listRemote(api, kind);
  if (asJson) return json({ items });
  const isProvider = kind === "provider";
  const kindColumns = isProvider ? ["PRIORITY", "SECRET", "VERIFICATION"] : ["PROVIDER", "URI"];
  const cells = (one: Listed) =>
    isProvider
      ? [String(one.priority ?? ""), secretOf(one), verificationOf(one)]
      : [one.provider ?? "", one.uri ?? ""];
  table(
    ["NAME", "ACTIVE", "SOURCE", "VERSION", ...kindColumns, "PROBLEM"],
    inOrder(items).map((one) => [
      one.name,
      one.active ? "yes" : "no",
      one.source,
      versionText(one),
      ...cells(one),
      one.problem
        ? { ...Object(statusCell("FAILED")), text: cell(one.problem, PROBLEM_LENGTH) }
        : "",
    ]),
  );
}

/** Shows the mode that `auto` resolves to, and marks providers whose unverified messages run functions. */
function verificationOf({ verification, verificationInForce, acceptsUnverified }: Listed): Cell {
  const isPlain = verificationInForce == null || verificationInForce === verification;
  const text = isPlain ? `${verification ?? ""}` : `${verification}: ${verificationInForce}`;
  return acceptsUnverified === true ? { text: `${text}, UNVERIFIED`, style: "yellow" } : text;
}

/** Providers in match order; functions have no priority and stay sorted by name. */
const inOrder = (items: readonly Listed[]): readonly Listed[] =>
  items.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0));

function secretOf({ properties = [] }: Listed): string {
  const secrets = properties.filter(({ secret }) => secret === true);
  if (secrets.length === 0) return "-";
  return secrets.some(({ set }) => set === true) ? "set" : "not set";
}

export interface PushOptions {
  readonly note?: string;
  readonly dryRun?: boolean;
}

export async function pushScripts(
  kind: Kind,
  folders: readonly string[],
  { note, dryRun = false }: PushOptions,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const items: object[] = [];
  for (const folder of folders) {
    const local = readDefinition(kind, folder);
    const step = stepOf(local, await findRemote(api, kind, local.name));
    if (step.action === "refused") throw fileConflict(step);
    if (dryRun) await checkSteps(api, [step]);
    else await perform(api, step, note);
    items.push({ action: step.action, kind, name: local.name });
    if (!asJson) line(`${step.action.padEnd(9)} ${kind} ${local.name}`);
  }
  if (asJson) json({ dryRun, items });
}

export async function pullScript(
  kind: Kind,
  name: string,
  folder: string | undefined,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const { definition } = await readRemote(api, kind, name);
  const target = folder ?? join(LAYOUTS[kind].plural, name);
  if (basename(resolve(target)) !== name)
    throw usage(`found folder ${target}, expected one with the name of the ${kind}, ${name}`);
  const written = writeDefinition(definition, target, folder ?? LAYOUTS[kind].plural);
  if (asJson) return json({ written });
  for (const path of written) line(`written   ${path}`);
  if (written.length === 0) remark(`${target} is the same already.`);
}

export async function diffScript(
  kind: Kind,
  folder: string,
  { exitCode = false }: { readonly exitCode?: boolean },
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const local = readDefinition(kind, folder);
  const remote = await findRemote(api, kind, local.name);
  const { local: pushed } = stepOf(local, remote);
  const text = diffText(remote?.definition, pushed, ["server", "folder"]);
  if (exitCode && text !== "") process.exitCode = EXIT.failed;
  if (asJson) return json({ diff: text });
  if (text === "") remark("There is no difference.");
  else showDiff(text);
}

/** Whether the provider takes part in matching, or the function runs. */
export async function setActive(
  kind: Kind,
  change: { readonly name: string; readonly active: boolean },
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const { name, active } = change;
  await patch(api, { kind, name, changes: { active } });
  if (asJson) json({ name, active });
  else line(`${name} is ${active ? "active" : "not active any more"}`);
}

export interface RemoveOptions {
  readonly yes?: boolean;
  readonly cascade?: boolean;
}

export async function deleteScript(
  kind: Kind,
  name: string,
  { yes = false, cascade }: RemoveOptions,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const what = `${kind} ${name}${cascade === true ? " and its functions" : ""}`;
  if (!yes && !(await confirmed(`Delete ${what}?`))) return remark("Nothing was deleted.");
  await remove(api, kind, name, cascade);
  if (asJson) json({ deleted: name });
  else line(`${what} ${cascade === true ? "are" : "is"} deleted; the messages stay`);
}

export async function orderProviders(
  names: readonly string[],
  _options: object,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  await setOrder(api, names);
  if (asJson) json({ names });
  else line(`the match order is: ${names.join(", ")}`);
}
