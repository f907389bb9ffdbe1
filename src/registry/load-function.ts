/** One function's folder: `function.json` and its script. */
import type { Provider, Script, WebhookFunction } from "../model/definition.ts";
import { type FunctionFile, functionFileSchema } from "./function-file.ts";
import {
  checkScript,
  type FolderSurroundings,
  type Loaded,
  nameProblem,
  readParts,
  valuesByName,
} from "./load-folder.ts";

/** Properties of its provider are a function's too; `undefined` when there is no such provider. */
export async function loadFunction(
  folder: string,
  around: FolderSurroundings,
  propertiesOf: (provider: string) => Provider["properties"] | undefined,
): Promise<Loaded<WebhookFunction>> {
  const read = await readParts(folder, "function.json", "index", functionFileSchema);
  if ("problem" in read) return read;
  const { file, source, scriptPath, filePath } = read;
  const named = nameProblem(file.name, folder);
  if (named !== undefined) return { problem: { path: filePath, detail: named } };
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
  const checked = await checkScript({ role: "function", ...draft }, file, around);
  if ("problem" in checked) return checked;
  return { value: Object.freeze(functionOf(file, checked.script)), warnings: [] };
}

function functionOf(file: FunctionFile, script: Script): WebhookFunction {
  const { timeoutMs, cpuMs, memoryMb, outputKb, logKb, hostCalls, hostCallsAtOnce, ...others } =
    file;
  const { order, $schema: _, ...rest } = others;
  return {
    ...rest,
    ...(order === undefined ? {} : { order }),
    limits: { timeoutMs, cpuMs, memoryMb, outputKb, logKb, hostCalls, hostCallsAtOnce },
    script,
  };
}
