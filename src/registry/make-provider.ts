/** Builds a provider from its `provider.json`, its match script, and the values of its properties. */
import type { Provider } from "../model/definition.ts";
import {
  checkScript,
  type FolderDeps,
  type Loaded,
  type ScriptDeps,
  valuesByName,
} from "./check-script.ts";
import type { Parts } from "./definition-parts.ts";
import type { ProviderFile } from "./provider-file.ts";

export async function makeProvider(
  { file, source, scriptPath, filePath }: Parts<ProviderFile>,
  deps: FolderDeps,
): Promise<Loaded<Provider>> {
  const problem = providerProblem(file, deps);
  if (problem !== undefined) return { problem: { path: filePath, detail: problem } };
  const properties = file.properties.map(({ name, secret, env }) => {
    const stored = deps.storedValues?.(file.name, name);
    // A value set as a secret stays secret, so that a change of the definition cannot reveal it.
    if (stored !== undefined)
      return { name, secret: secret || stored.secret, values: stored.values, env };
    return { name, secret, values: valuesOf(env, deps.lookUp), env };
  });
  const draft = { filename: scriptPath, source, properties: valuesByName(properties) };
  const checked = await checkScript({ role: "match", ...draft }, file, deps);
  if ("problem" in checked) return checked;
  const { script, exports } = checked;
  if (file.verification === "enforce" && !exports.has("verify")) {
    return {
      problem: {
        path: filePath,
        detail: `verification is "enforce", but ${scriptPath} exports no verify: add it, or set verification to "off"`,
      },
    };
  }
  const warnings = file.properties
    .filter(
      ({ required, name }) =>
        required && properties.every((one) => one.name !== name || one.values.length === 0),
    )
    .map(({ name, env }) => ({
      path: filePath,
      detail: `property ${name} is required and has no value: ${env === undefined ? "" : `set ${env}, or `}PUT /api/v1/providers/${file.name}/properties/${encodeURIComponent(name)}`,
    }));
  const { dedupe, $schema: _, ...rest } = file;
  return {
    value: Object.freeze({ ...rest, dedupeSeconds: dedupe, properties, script, exports }),
    warnings,
  };
}

function providerProblem(file: ProviderFile, deps: ScriptDeps): string | undefined {
  for (const { name } of file.properties) {
    const problem = deps.propertyNameProblem(name);
    if (problem !== undefined) return `property ${JSON.stringify(name)} cannot be used: ${problem}`;
  }
  const names = file.properties.map(({ name }) => name);
  return new Set(names).size === names.length ? undefined : "two properties have the same name";
}

/** The current value, then the previous one during a rotation. An empty variable counts as unset. */
function valuesOf(env: string | undefined, lookUp: ScriptDeps["lookUp"]): readonly string[] {
  if (env === undefined) return [];
  return [lookUp(env), lookUp(`${env}_PREVIOUS`)].flatMap((value) => value || []);
}
