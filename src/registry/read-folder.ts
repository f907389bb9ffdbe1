/** Reads the folder of a provider or function: its JSON file, validated by the schema, and its script. */
import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import type { z } from "zod";
import { describeSchemaProblems } from "../model/schema-problems.ts";
import type { Problem } from "./check-script.ts";
import type { Parts } from "./definition-parts.ts";

function nameProblem(name: string, folder: string): string | undefined {
  const expected = basename(folder);
  return name === expected
    ? undefined
    : `name is ${JSON.stringify(name)}, expected ${JSON.stringify(expected)}, the name of the folder`;
}

export async function readParts<T extends { readonly name: string }>(
  folder: string,
  fileName: string,
  scriptName: string,
  schema: z.ZodType<T>,
): Promise<Parts<T> | { readonly problem: Problem }> {
  const shown = (name: string) => relative(join(folder, "..", ".."), join(folder, name));
  const filePath = shown(fileName);
  const text = await readText(join(folder, fileName));
  if (text === undefined)
    return { problem: { path: filePath, detail: `there is no ${fileName}`, isMissingFile: true } };
  const json = parseJson(text);
  if ("message" in json) return { problem: { path: filePath, detail: json.message } };
  const parsed = schema.safeParse(json.value);
  if (!parsed.success)
    return { problem: { path: filePath, detail: describeSchemaProblems(parsed.error, schema) } };
  const misnamed = nameProblem(parsed.data.name, folder);
  if (misnamed !== undefined) return { problem: { path: filePath, detail: misnamed } };
  for (const name of [`${scriptName}.ts`, `${scriptName}.js`]) {
    const source = await readText(join(folder, name));
    if (source !== undefined)
      return { file: parsed.data, source, scriptPath: shown(name), filePath };
  }
  return {
    problem: {
      path: shown(`${scriptName}.ts`),
      detail: `there is neither ${scriptName}.ts nor ${scriptName}.js`,
      isMissingFile: true,
    },
  };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function parseJson(text: string): { readonly value: unknown } | { readonly message: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return {
      message: `it is not valid JSON: ${error instanceof Error ? error.message : "it cannot be parsed"}`,
    };
  }
}
