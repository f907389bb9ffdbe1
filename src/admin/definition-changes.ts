/** Changes of providers and functions that are kept in the database: checked as if they ran, then in use at once. */
import { HookyardError } from "../errors.ts";
import type { DefinitionKind, Provider } from "../model/definition.ts";
import type { Unverified } from "../model/verification-mode.ts";
import { moduleSources } from "../registry/installed.ts";
import type { Draft, LiveRegistry } from "../registry/live-registry.ts";
import type { NewVersion } from "../store/scripts/script-table.ts";
import type { Store } from "../store/store.ts";
import { type AnyInstalled, type InstalledOf, installedOne } from "./definition-view.ts";
import { assertMayGrant } from "./drafts.ts";
import type { Asked } from "./endpoint.ts";

export interface ChangeDeps {
  readonly store: Store;
  readonly scripts: LiveRegistry;
  readonly unverified: Unverified;
  readonly now: () => number;
}

/** Who changes it, and why. */
interface Change extends Pick<Asked<unknown, unknown, unknown>, "caller" | "assertToken"> {
  readonly note: string | null;
}

export function findInstalled<Kind extends DefinitionKind>(
  kind: Kind,
  name: string,
  scripts: LiveRegistry,
): InstalledOf[Kind] {
  const found = installedOne(kind, name, scripts.loaded());
  if (found !== undefined) return found;
  const detail = `there is no ${kind} ${JSON.stringify(name.slice(0, 100))}; GET /api/v1/${kind}s lists those there are`;
  throw new HookyardError("not_found", detail);
}

/** The one that is to be changed. Throws `conflict` for files and `changed_meanwhile` for another version than expected. */
export function findChangeable(
  kind: DefinitionKind,
  name: string,
  scripts: LiveRegistry,
  expected: string | undefined,
): AnyInstalled {
  const found = findInstalled(kind, name, scripts);
  if (found.origin === "file") {
    const detail = `${kind} ${name} stands in files, which the API does not change: edit ${found.parts?.filePath ?? "them"} and the script beside it, or move the folder away to keep it in the database`;
    throw new HookyardError("conflict", detail);
  }
  const version = found.value?.script.version ?? "";
  if (expected !== undefined && expected !== "*" && expected !== etagOf(version)) {
    const detail = `${kind} ${name} is at version ${etagOf(version)}, If-Match says ${expected.slice(0, 100)}: read it again and repeat the change`;
    throw new HookyardError("changed_meanwhile", detail);
  }
  return found;
}

export const etagOf = (version: string): string => `"${version}"`;

/** A field that is `null` goes back to what it is when it is left out. */
export const withChanges = (
  file: object | undefined,
  fields: Readonly<Record<string, unknown>>,
): object =>
  Object.fromEntries(Object.entries({ ...file, ...fields }).filter(([, value]) => value !== null));

/** Of an installed one the fields that change, and its script unless there is another; otherwise all there is. */
export function draftOf<Kind extends DefinitionKind>(
  kind: Kind,
  { name, ...fields }: { readonly name: string } & Readonly<Record<string, unknown>>,
  script: string | undefined,
  scripts: LiveRegistry,
): Draft<Kind> {
  const parts = installedOne(kind, name, scripts.loaded())?.parts;
  const source = script ?? parts?.source;
  if (source !== undefined)
    return { kind, name, file: withChanges(parts?.file, { name, ...fields }), source };
  const detail = `${kind} ${name}: script was expected, as none is installed: give it beside the definition, or inside of it where several are given`;
  throw new HookyardError("bad_request", detail);
}

/** Throws `script_refused` with the position for a script that cannot be used, `bad_request` for anything else. */
export async function useable<Kind extends DefinitionKind>(
  draft: Draft<Kind>,
  scripts: LiveRegistry,
  providers?: readonly Provider[],
) {
  const result = await scripts.make(draft, providers);
  if (!("problem" in result)) return result;
  const { path, detail, fault } = result.problem;
  if (fault === undefined) throw new HookyardError("bad_request", `${path}: ${detail}`);
  throw new HookyardError("script_refused", `${path}: ${detail}`, { members: { error: fault } });
}

/** The version a draft makes. Throws like `useable`, and `forbidden` for networks that the caller may not grant. */
export async function made(
  draft: Draft,
  { caller, note }: Omit<Change, "assertToken">,
  { scripts, now }: ChangeDeps,
): Promise<NewVersion> {
  const result = await useable(draft, scripts);
  if ("http" in result.value) assertMayGrant(caller, result.value, scripts);
  const { version, modules } = result.value.script;
  const { kind, name, source } = draft;
  return {
    kind,
    name,
    version,
    origin: "database",
    file: result.parts?.file,
    source,
    modules: moduleSources(modules),
    author: caller.name,
    note,
    createdAt: now(),
  };
}

/** Checks a draft and puts it to use. Throws what `made` throws, and `unauthorized`. */
export async function install(draft: Draft, change: Change, deps: ChangeDeps): Promise<void> {
  const version = await made(draft, change, deps);
  // Turns of others and the check may have taken long.
  change.assertToken();
  await deps.store.scripts.install([version]);
}
