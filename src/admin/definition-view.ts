/** Providers, functions and their versions as the API shows them. Values of secrets are never included. */
import type { DefinitionKind, Provider } from "../model/definition.ts";
import { type ModeInForce, modeInForce, type Unverified } from "../model/verification-mode.ts";
import type {
  InstalledFunction,
  InstalledProvider,
  LoadedRegistry,
} from "../registry/load-registry.ts";
import type { Registry } from "../registry/registry.ts";
import { inUse } from "../registry/unverified-providers.ts";
import type { ScriptVersion } from "../store/scripts/script-table.ts";

export interface InstalledOf {
  readonly provider: InstalledProvider;
  readonly function: InstalledFunction;
}
export type AnyInstalled = InstalledOf[DefinitionKind];

export function installedOf<Kind extends DefinitionKind>(
  kind: Kind,
  { installed: { providers, functions } }: LoadedRegistry,
): readonly InstalledOf[Kind][] {
  const all: { readonly [One in DefinitionKind]: readonly InstalledOf[One][] } = {
    provider: providers,
    function: functions,
  };
  return all[kind];
}

export const installedOne = <Kind extends DefinitionKind>(
  kind: Kind,
  name: string,
  loaded: LoadedRegistry,
): InstalledOf[Kind] | undefined => installedOf(kind, loaded).find((one) => one.name === name);

/**
 * The parts that run. If nothing runs, the parts as written; undefined if they cannot be read. So the fields and the
 * script are always those of the version shown beside them.
 */
export const shownParts = ({ running, parts }: AnyInstalled) => running ?? parts;

/** The definition that runs, with its problem; of a folder that cannot be read only the name. */
export function definitionView(one: AnyInstalled, verifying: VerifyingView) {
  const { name, value } = one;
  const { $schema: _, ...file } = { $schema: undefined, name, ...shownParts(one)?.file };
  return {
    ...file,
    ...("properties" in file ? { properties: propertiesView(file.properties, value) } : {}),
    ...("verification" in file ? verificationView(value, verifying) : {}),
    ...stateView(one),
  };
}

/** Where it is installed and which version is in use, without its content. */
export function stateView({ name, origin, number, shadows, value, problem }: AnyInstalled) {
  return {
    name,
    source: origin,
    version: value?.script.version ?? null,
    number,
    shadows,
    problem: problem === undefined ? null : `${problem.path}: ${problem.detail}`,
  };
}

/** What the verification fields of a provider depend on besides the provider. */
interface VerifyingView {
  readonly unverified: Unverified;
  /** Names of the providers with functions. */
  readonly used: ReadonlySet<string>;
}

export const verifyingView = ({
  unverified,
  scripts,
}: {
  readonly unverified: Unverified;
  readonly scripts: { readonly current: () => Registry };
}): VerifyingView => ({
  unverified,
  used: new Set(inUse(scripts.current()).map(({ name }) => name)),
});

function verificationView(
  value: AnyInstalled["value"],
  { unverified, used }: VerifyingView,
): { readonly verificationInForce: ModeInForce | null; readonly acceptsUnverified: boolean } {
  if (value === undefined || !("exports" in value))
    return { verificationInForce: null, acceptsUnverified: false };
  const mode = modeInForce(value, unverified);
  return {
    verificationInForce: mode,
    acceptsUnverified: used.has(value.name) && mode !== "enforce",
  };
}

function propertiesView(
  properties: NonNullable<InstalledProvider["parts"]>["file"]["properties"],
  value: AnyInstalled["value"],
) {
  const used: Provider["properties"] =
    value !== undefined && "properties" in value ? value.properties : [];
  return properties.map((property) => {
    const { values: [first] = [], secret = true } =
      used.find(({ name }) => name === property.name) ?? {};
    const isShown = first !== undefined && !property.secret && !secret;
    return { ...property, set: first !== undefined, ...(isShown ? { value: first } : {}) };
  });
}

export const versionView = (version: ScriptVersion, active: string | null) => ({
  number: version.number,
  version: version.version,
  source: version.origin,
  author: version.author,
  note: version.note,
  createdAt: new Date(version.createdAt).toISOString(),
  active: version.version === active,
});
