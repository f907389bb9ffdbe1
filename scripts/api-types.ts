/** The types of the API for the console, generated from the description that a server gives of itself. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import openapiTS from "openapi-typescript";
import { startApp } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { createLogger } from "../src/logger.ts";
import { tempFolder } from "../test/support/temp-folder.ts";

export const API_TYPES = "src/console/api/description.ts";

/** Of a server without scripts: the description does not depend on them. */
export async function apiTypes(): Promise<string> {
  using folder = tempFolder();
  for (const kind of ["providers", "functions"]) mkdirSync(join(folder.path, kind));
  const config = readConfig({
    HOOKYARD_PORT: "0",
    HOOKYARD_DATA_DIR: join(folder.path, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder.path, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder.path, "functions"),
    HOOKYARD_SANDBOX_PROCESSES: "1",
  });
  await using app = await startApp(config, createLogger("silent"));
  const response = await fetch(`http://127.0.0.1:${app.port}/api/v1/openapi.json`);
  return await typesOf(await response.json());
}

/** `description` is an OpenAPI document. */
export async function typesOf(description: unknown): Promise<string> {
  const types = await openapiTS(structuredClone(description) as never, {
    commentHeader: "/** Written by `npm run docs` from the server's description of its API. */\n\n",
  });
  return types;
}
