/** `providers …` and `functions …`: commands for one definition at a time. */
import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import { confirmed } from "../confirm.ts";
import { contextOf } from "../context.ts";
import { EXIT, Failure, usage } from "../failure.ts";
import { type Cell, json, line, remark, statusCell, styled, table } from "../print.ts";
import { printable } from "../printable.ts";
import { fileText, type Kind, LAYOUTS } from "./definition.ts";
import { readDefinition, writeDefinition } from "./folder.ts";
import { checkSteps, perform, stepOf } from "./plan.ts";
import {
  activateVersion,
  findRemote,
  type Listed,
  listRemote,
  patch,
  readRemote,
  readVersion,
  readVersions,
  remove,
  setOrder,
} from "./remote.ts";
import { diffText, showDiff } from "./show-diff.ts";
import { fileConflict } from "./tree.ts";

export async function listScripts(kind: Kind, _options: object, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const items = await listRemote(api, kind);
  if (asJson) return json({ items });
  const isProvider = kind === "provider";
  const kindColumns = isProvider ? ["PRIORITY", "VERIFICATION"] : ["PROVIDER", "URI"];
  const cells = (one: Listed) =>
    isProvider
      ? [String(one.priority ?? ""), verificationOf(one)]
      : [one.provider ?? "", one.uri ?? ""];
  table(
    ["NAME", "ACTIVE", "SOURCE", "VERSION", ...kindColumns, "PROBLEM"],
    items.map((one) => [
      one.name,
      one.active ? "yes" : "no",
      one.source,
      versionOf(one),
      ...cells(one),
      one.problem ? { ...Object(statusCell("FAILED")), text: firstLine(one.problem) } : "",
    ]),
  );
}

/** Shows the mode that `auto` resolves to, and marks providers whose unverified messages run functions. */
function verificationOf({ verification, verificationInForce, acceptsUnverified }: Listed): Cell {
  const isPlain = verificationInForce == null || verificationInForce === verification;
  const text = isPlain ? `${verification ?? ""}` : `${verification}: ${verificationInForce}`;
  return acceptsUnverified === true ? { text: `${text}, UNVERIFIED`, style: "yellow" } : text;
}

const firstLine = (text: string): string => text.split("\n")[0] ?? "";

const versionOf = ({ number, version }: Listed): string =>
  [...(number == null ? [] : [`#${number}`]), version ?? ""].join(" ");

export async function showScript(
  kind: Kind,
  name: string,
  _options: object,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const { definition, answer } = await readRemote(api, kind, name);
  if (asJson) return json(answer);
  line(`${styled("bold", name)}  ${answer.source}, version ${versionOf(answer)}`);
  if (answer.problem) line(styled("red", printable(answer.problem)));
  for (const property of answer.properties ?? [])
    line(`property ${property.name}: ${property.set === true ? "set" : "not set"}`);
  line(`\n${styled("bold", LAYOUTS[kind].file)}\n${printable(fileText(definition))}`);
  line(`${styled("bold", `${LAYOUTS[kind].script}.ts`)}\n${printable(definition.script)}`);
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
  const text = diffText(remote?.definition, local, ["server", "folder"]);
  if (exitCode && text !== "") process.exitCode = EXIT.failed;
  if (asJson) return json({ diff: text });
  if (text === "") remark("There is no difference.");
  else showDiff(text);
}

export async function versionsOf(
  kind: Kind,
  name: string,
  { show }: { readonly show?: number },
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  if (show !== undefined) {
    const version = await readVersion(api, { kind, name, number: show });
    if (asJson) return json(version);
    line(`${printable(fileText(version))}\n${printable(version.script)}`);
    return;
  }
  const found = await readVersions(api, kind, name);
  if (asJson) return json(found);
  table(
    ["NUMBER", "ACTIVE", "CREATED", "BY", "NOTE"],
    found.items.map(({ number, active, createdAt, author, note }) => [
      `#${number}`,
      active ? "yes" : "",
      createdAt,
      author ?? "",
      note ?? "",
    ]),
  );
}

/** Activates another version: the given one, or the most recently used one with a lower number. */
export async function rollBack(
  kind: Kind,
  name: string,
  number: number | undefined,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const { items } = await readVersions(api, kind, name);
  const active = items.find((one) => one.active)?.number;
  // Versions with a higher number were rolled back from, so they are no candidates.
  const [last] = items
    .filter((one) => one.lastUsedAt != null && one.number < (active ?? Number.POSITIVE_INFINITY))
    .toSorted((a, b) => Date.parse(b.lastUsedAt ?? "") - Date.parse(a.lastUsedAt ?? ""));
  const target = number ?? last?.number;
  if (target === undefined) {
    const before = active === undefined ? "was never in use" : `has no version before #${active}`;
    throw new Failure(`${kind} ${name} ${before}: there is no version to roll back to`);
  }
  await activateVersion(api, { kind, name, number: target });
  const found = active === undefined ? "none" : `#${active}`;
  if (asJson) json({ name, from: active ?? null, to: target });
  else line(`${name}: version #${target} is active, before it was ${found}`);
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

export async function deleteScript(
  kind: Kind,
  name: string,
  { yes = false }: { readonly yes?: boolean },
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  if (!yes && !(await confirmed(`Delete ${kind} ${name}?`))) return remark("Nothing was deleted.");
  await remove(api, kind, name);
  if (asJson) json({ deleted: name });
  else line(`${kind} ${name} is deleted; its messages stay`);
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
