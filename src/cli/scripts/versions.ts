/** `show`, `versions` and `rollback` of a definition. A version is named by its number or its hash. */
import type { Command } from "commander";
import { contextOf } from "../context.ts";
import { Failure } from "../failure.ts";
import { json, line, styled, table } from "../print.ts";
import { printable } from "../printable.ts";
import { versionText } from "../version-text.ts";
import { type Definition, fileText, type Kind, LAYOUTS } from "./definition.ts";
import {
  activateVersion,
  type Listed,
  numberIn,
  type RemoteVersion,
  readRemote,
  readVersion,
  readVersions,
} from "./remote.ts";

export async function showScript(
  kind: Kind,
  name: string,
  { version }: { readonly version?: string },
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  if (version !== undefined) {
    const found = await readVersion(api, kind, name, version);
    return asJson ? json(flat(found)) : showVersion(found);
  }
  const { definition, answer } = await readRemote(api, kind, name);
  if (asJson) return json(answer);
  const running = versionText(await withNumber(answer, () => readVersions(api, kind, name)));
  line(
    `${styled("bold", name)}  ${answer.source}, ${running === "" ? "no version runs" : `version ${running}`}`,
  );
  if (answer.problem) line(styled("red", printable(answer.problem)));
  for (const property of answer.properties ?? [])
    line(`property ${property.name}: ${property.set === true ? "set" : "not set"}`);
  showDefinition(definition);
}

/** The API gives no number for a definition in files, but its versions are numbered too. */
async function withNumber(
  answer: Listed,
  versions: () => ReturnType<typeof readVersions>,
): Promise<Pick<Listed, "number" | "version">> {
  const { number, version } = answer;
  if (number != null || version == null) return { number, version };
  const { items } = await versions();
  return { version, number: items.find((one) => one.version === version)?.number };
}

const flat = ({ number, version, definition }: RemoteVersion) => ({
  ...definition,
  number,
  version,
});

function showVersion({ definition, ...version }: RemoteVersion): void {
  line(`${styled("bold", definition.name)}  version ${versionText(version)}`);
  showDefinition(definition);
}

function showDefinition(definition: Definition): void {
  const { file, script } = LAYOUTS[definition.kind];
  line(`\n${styled("bold", file)}\n${printable(fileText(definition))}`);
  line(`${styled("bold", `${script}.ts`)}\n${printable(definition.script)}`);
}

export async function versionsOf(
  kind: Kind,
  name: string,
  { show }: { readonly show?: string },
  command: Command,
): Promise<void> {
  if (show !== undefined) return showScript(kind, name, { version: show }, command);
  const { api, json: asJson } = contextOf(command);
  const found = await readVersions(api, kind, name);
  if (asJson) return json(found);
  table(
    ["NUMBER", "VERSION", "ACTIVE", "CREATED", "BY", "NOTE"],
    found.items.map(({ number, version, active, createdAt, author, note }) => [
      `#${number}`,
      version ?? "",
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
  which: string | undefined,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const { items } = await readVersions(api, kind, name);
  const active = items.find((one) => one.active)?.number;
  // Versions with a higher number were rolled back from, so they are no candidates.
  const [last] = items
    .filter((one) => one.lastUsedAt != null && one.number < (active ?? Number.POSITIVE_INFINITY))
    .toSorted((a, b) => Date.parse(b.lastUsedAt ?? "") - Date.parse(a.lastUsedAt ?? ""));
  const target = which === undefined ? last?.number : numberIn(items, { kind, name, which });
  if (target === undefined) {
    const before = active === undefined ? "was never in use" : `has no version before #${active}`;
    throw new Failure(`${kind} ${name} ${before}: there is no version to roll back to`);
  }
  await activateVersion(api, { kind, name, number: target });
  const found = active === undefined ? "none" : `#${active}`;
  if (asJson) json({ name, from: active ?? null, to: target });
  else line(`${name}: version #${target} is active, before it was ${found}`);
}
