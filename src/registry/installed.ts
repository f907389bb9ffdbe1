/** The installed versions as they are stored, so that a message can be run again with the scripts that ran on it. */
import type { DefinitionKind, Script, VersionInUse } from "../model/definition.ts";
import type { Installed } from "./install-entries.ts";
import type { LoadedRegistry } from "./load-registry.ts";

export interface UsedVersion extends VersionInUse {
  readonly origin: "file" | "database";
  readonly file: object;
  readonly source: string;
  /** Sources of the imported shared modules, by path. */
  readonly modules: Readonly<Record<string, string>>;
}

/** The versions that run: for a broken definition, its last good version. */
export const versionsInUse = ({
  providers,
  functions,
}: LoadedRegistry): readonly VersionInUse[] => [
  ...providers.map(
    ({ name, script }) => ({ kind: "provider", name, version: script.version }) as const,
  ),
  ...functions.map(
    ({ name, script }) => ({ kind: "function", name, version: script.version }) as const,
  ),
];

export const usedVersions = ({ installed }: LoadedRegistry): readonly UsedVersion[] => [
  ...installed.providers.flatMap((one) => usedVersion("provider", one)),
  ...installed.functions.flatMap((one) => usedVersion("function", one)),
];

/** A broken definition is left out: its last good version has already been stored. */
function usedVersion(
  kind: DefinitionKind,
  { name, origin, parts, value, problem }: Installed<object, { readonly script: Script }>,
): readonly UsedVersion[] {
  if (parts === undefined || value === undefined || problem !== undefined) return [];
  const { version, modules } = value.script;
  const { file, source } = parts;
  return [{ kind, name, version, origin, file, source, modules: moduleSources(modules) }];
}

export const moduleSources = (modules: Script["modules"]): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(modules).map(([path, { source }]) => [path, source]));
