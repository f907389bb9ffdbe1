/** Changes of providers and functions in the database: a draft is checked as for a run, and then activated. */
import { HookyardError } from "../errors.ts";
import type { DefinitionKind, Provider } from "../model/definition.ts";
import type { Unverified } from "../model/verification-mode.ts";
import { moduleSources } from "../registry/installed.ts";
import type { Draft, LiveRegistry } from "../registry/live-registry.ts";
import type { NewVersion } from "../store/scripts/script-table.ts";
import type { Store } from "../store/store.ts";
import { type AnyInstalled, type InstalledOf, installedOne } from "./definition-view.ts";
import { assertMayGrant } from "./drafts.ts";
import type { CallInput } from "./endpoint.ts";

export interface ChangeDeps {
  readonly store: Store;
  readonly scripts: LiveRegistry;
  readonly unverified: Unverified;
  readonly now: () => number;
}

/** The caller, and the note for the version list. */
interface Change extends Pick<CallInput<unknown, unknown, unknown>, "caller" | "assertToken"> {
  readonly note: string | null;
}

export function findInstalled<Kind extends DefinitionKind>(
  kind: Kind,
  name: string,
  scripts: LiveRegistry,
): InstalledOf[Kind] {
  const found = installedOne(kind, name, scripts.loaded());
  if (found !== undefined) return found;
  const detail = `there is no ${kind} ${JSON.stringify(name.slice(0, 100))}; GET /api/v1/${kind}s lists the installed ones`;
  throw new HookyardError("not_found", detail);
}

/**
 * The installed one to change. Throws `conflict` for one in files, and `changed_meanwhile` if its version is not
 * `expected`.
 */
export function findChangeable(
  kind: DefinitionKind,
  name: string,
  scripts: LiveRegistry,
  expected: string | undefined,
): AnyInstalled {
  const found = findInstalled(kind, name, scripts);
  if (found.origin === "file") {
    const detail = `${kind} ${name} stands in files, which the API does not change: edit ${found.parts?.filePath ?? "them"} and the script beside it, or move the folder away and create it in the database`;
    throw new HookyardError("conflict", detail);
  }
  const version = found.value?.script.version ?? "";
  if (expected !== undefined && expected !== "*" && expected !== etagOf(version)) {
    const detail = `${kind} ${name} is at version ${etagOf(version)}, If-Match expects ${expected.slice(0, 100)}: read it again and repeat the change`;
    throw new HookyardError("changed_meanwhile", detail);
  }
  return found;
}

export const etagOf = (version: string): string => `"${version}"`;

/** Merges changed fields; a field that is `null` returns to its default. */
export const withChanges = (
  file: object | undefined,
  fields: Readonly<Record<string, unknown>>,
): object =>
  Object.fromEntries(Object.entries({ ...file, ...fields }).filter(([, value]) => value !== null));

/**
 * A draft. For an installed name `fields` may hold only the changes, and the script may be left out; otherwise the
 * draft must be complete.
 */
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
  const detail = `${kind} ${name}: script was expected, because none is installed: send the field script beside the definition, or inside of it where several drafts are sent`;
  throw new HookyardError("unprocessable", detail);
}

/**
 * The loaded draft. Throws `script_refused` with the position for a script that cannot be used, `unprocessable` for
 * anything else.
 */
export async function usableDraft<Kind extends DefinitionKind>(
  draft: Draft<Kind>,
  scripts: LiveRegistry,
  providers?: readonly Provider[],
) {
  const result = await scripts.make(draft, providers);
  if (!("problem" in result)) return result;
  const { path, detail, fault } = result.problem;
  if (fault === undefined) throw new HookyardError("unprocessable", `${path}: ${detail}`);
  throw new HookyardError("script_refused", `${path}: ${detail}`, { members: { error: fault } });
}

/**
 * Builds the version of a draft. Throws like `usableDraft`, and `forbidden` for networks that the caller may not grant.
 */
export async function buildVersion(
  draft: Draft,
  { caller, note }: Omit<Change, "assertToken">,
  { scripts, now }: ChangeDeps,
): Promise<NewVersion> {
  const result = await usableDraft(draft, scripts);
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

/** Checks a draft and activates it. Throws like `buildVersion`, and `unauthorized`. */
export async function install(draft: Draft, change: Change, deps: ChangeDeps): Promise<void> {
  const version = await buildVersion(draft, change, deps);
  // The token may have ended while the change waited for its turn and was checked.
  change.assertToken();
  await deps.store.scripts.install([version]);
}
