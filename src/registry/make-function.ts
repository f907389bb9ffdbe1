/** Builds a function from its `function.json` and its script. */
import type { Provider, Script, WebhookFunction } from "../model/definition.ts";
import { checkScript, type FolderDeps, type Loaded, valuesByName } from "./check-script.ts";
import type { Parts } from "./definition-parts.ts";
import { type FunctionFile, grantOf } from "./function-file.ts";

/**
 * A function can read the properties of its provider. `propertiesOf` returns undefined if there is no provider of that
 * name.
 */
export async function makeFunction(
  { file, source, scriptPath, filePath }: Parts<FunctionFile>,
  deps: FolderDeps,
  propertiesOf: (provider: string) => Provider["properties"] | undefined,
): Promise<Loaded<WebhookFunction>> {
  const properties = propertiesOf(file.provider);
  if (properties === undefined) {
    return {
      problem: {
        path: filePath,
        detail: `there is no provider ${JSON.stringify(file.provider)}: add it, or name one that exists`,
      },
    };
  }
  const draft = { filename: scriptPath, source, properties: valuesByName(properties) };
  const checked = await checkScript({ role: "function", ...draft }, file, deps);
  if ("problem" in checked) return checked;
  return { value: Object.freeze(functionOf(file, checked.script)), warnings: [] };
}

function functionOf(file: FunctionFile, script: Script): WebhookFunction {
  const { timeoutMs, cpuMs, memoryMb, outputKb, logKb, hostCalls, hostCallsAtOnce, ...others } =
    file;
  const { order, http, $schema: _, ...rest } = others;
  return {
    ...rest,
    ...(order === undefined ? {} : { order }),
    http: grantOf(http),
    limits: { timeoutMs, cpuMs, memoryMb, outputKb, logKb, hostCalls, hostCallsAtOnce },
    script,
  };
}
