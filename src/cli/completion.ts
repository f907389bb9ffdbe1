/**
 * Completion of names: the library completes commands and options, and calls these handlers for providers, functions and
 * properties. Handlers are synchronous, so the first one that needs names throws; then the names are read, and the words
 * are completed again.
 */
import { readdirSync } from "node:fs";
import type { Argument, Complete, Option, RootCommand } from "@bomb.sh/tab";
import { readConfig } from "../config.ts";
import { createApi } from "./api.ts";
import { readClientConfig } from "./client-config.ts";
import type { Kind } from "./scripts/definition.ts";
import { listRemote } from "./scripts/remote.ts";

/** Completion is not to make a shell wait. */
const WITHIN_MS = 2000;

type Named = Kind | "property";

export type Names = Readonly<Record<Named, readonly string[]>>;

/** Thrown by a handler that has no names. */
export class NamesNeeded extends Error {}

const OPTIONS: Readonly<Record<string, Named>> = {
  provider: "provider",
  order: "provider",
  function: "function",
  run: "function",
};

/** Gives each argument and option that takes a name its handler. */
export function completeNames({ commands }: RootCommand, names: Names | undefined): void {
  for (const [path, command] of commands) {
    for (const argument of command.arguments.values())
      complete(argument, namedBy(path, argument.name), names);
    for (const [name, option] of command.options)
      if (option.isBoolean !== true) complete(option, OPTIONS[name], names);
  }
}

function complete(
  target: Pick<Argument, "handler"> | Pick<Option, "handler">,
  named: Named | undefined,
  names: Names | undefined,
): void {
  if (named === undefined) return;
  target.handler = (add: Complete) => {
    if (names === undefined) throw new NamesNeeded();
    for (const name of names[named]) add(name, "");
  };
}

function namedBy(path: string, argument: string): Named | undefined {
  if (argument === "provider" || argument === "property") return argument;
  if (argument !== "name") return undefined;
  if (path.startsWith("providers ")) return "provider";
  return path.startsWith("functions ") ? "function" : undefined;
}

/** Those of the server; of the folders on this machine if it does not answer. No error, as a shell would show it. */
export async function readNames(): Promise<Names> {
  try {
    return await namesOfServer();
  } catch {
    return namesOfFolders();
  }
}

async function namesOfServer(): Promise<Names> {
  const api = createApi(readClientConfig());
  const signal = AbortSignal.timeout(WITHIN_MS);
  const [providers, functions] = await Promise.all([
    listRemote(api, "provider", signal),
    listRemote(api, "function", signal),
  ]);
  const properties = providers.flatMap((one) => one.properties ?? []);
  return {
    provider: providers.map(({ name }) => name),
    function: functions.map(({ name }) => name),
    property: [...new Set(properties.map(({ name }) => name))],
  };
}

function namesOfFolders(): Names {
  try {
    const { providersDir, functionsDir } = readConfig();
    return { provider: foldersIn(providersDir), function: foldersIn(functionsDir), property: [] };
  } catch {
    return { provider: [], function: [], property: [] };
  }
}

const foldersIn = (path: string): readonly string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[a-z\d]/.test(entry.name))
    .map(({ name }) => name);
