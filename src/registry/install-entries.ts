/** Installs the entries of one kind. A broken one keeps its last good version and is reported. */
import type { Logger } from "../logger.ts";
import type { Loaded, Problem } from "./check-script.ts";
import type { Parts } from "./definition-parts.ts";
import type { Entry } from "./load-entries.ts";

/** An installed definition, valid or broken. */
export interface Installed<File, T> {
  readonly name: string;
  readonly origin: Entry<File>["origin"];
  /** The number of the version in the database; null for files. */
  readonly number: number | null;
  /** The version in the database that is hidden by a folder of the same name; null if there is none. */
  readonly shadows: number | null;
  /** The parts as written; undefined if they cannot be read. */
  readonly parts: Parts<File> | undefined;
  /** The parts of `value`: those of the last good version if there is a problem. */
  readonly running: Parts<File> | undefined;
  /** The definition in use: the last good version if there is a problem, undefined if there has been none. */
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
}

interface InstallDeps<File, T> {
  readonly log: Logger;
  /** What was installed before; undefined at the start. */
  readonly before: readonly Installed<File, T>[] | undefined;
}

type Make<File, T> = (parts: Parts<File>, origin: Entry<File>["origin"]) => Promise<Loaded<T>>;

export function installAll<File, T>(
  entries: readonly Entry<File>[],
  { log, before }: InstallDeps<File, T>,
  make: Make<File, T>,
): Promise<readonly Installed<File, T>[]> {
  return Promise.all(
    entries.map(async (entry) => {
      const last = before?.find(({ name }) => name === entry.name);
      const installed = await install(entry, last, { log, make });
      const { problem, value } = installed;
      const isNew = before !== undefined && isNewFolder(last);
      if (problem !== undefined) logProblem(log, problem, { isKept: value !== undefined, isNew });
      if (entry.shadows !== null) {
        const path = installed.parts?.filePath ?? entry.name;
        const ignored = `version ${entry.shadows} of the same name in the database is ignored`;
        log.warn(`${path}: the folder is used; ${ignored}`);
      }
      return installed;
    }),
  );
}

async function install<File, T>(
  entry: Entry<File>,
  last: Installed<File, T> | undefined,
  { log, make }: { readonly log: Logger; readonly make: Make<File, T> },
): Promise<Installed<File, T>> {
  const { name, origin, number, shadows } = entry;
  const state = { name, origin, number, shadows };
  const kept = { running: last?.running, value: last?.value };
  if ("problem" in entry) return { ...state, ...kept, parts: undefined, problem: entry.problem };
  const { parts } = entry;
  const loaded = await make(parts, origin);
  if ("problem" in loaded) {
    const problem = origin === "file" ? loaded.problem : inDatabase(loaded.problem, parts);
    return { ...state, ...kept, parts, problem };
  }
  for (const { path, detail } of loaded.warnings) log.warn(`${path}: ${detail}`);
  return { ...state, parts, running: parts, value: loaded.value, problem: undefined };
}

/** A definition in the database has no files, so its problem names the definition. */
function inDatabase(problem: Problem, { filePath, scriptPath }: Parts<unknown>): Problem {
  const { path } = problem;
  const [folder = "", name = ""] = filePath.split("/");
  const definition = `${folder.replace(/s$/, "")} ${name} in the database`;
  if (path === filePath) return { ...problem, path: definition };
  if (!path.startsWith(scriptPath)) return problem;
  return { ...problem, path: `script of ${definition}${path.slice(scriptPath.length)}` };
}

/** While the server runs: a folder that was not there before, or has been incomplete since then. */
const isNewFolder = (last: Installed<unknown, unknown> | undefined): boolean =>
  last === undefined || (last.value === undefined && last.problem?.isMissingFile === true);

/** The files of a new folder arrive one by one, so a missing one is no error yet. */
function logProblem(
  log: Logger,
  { path, detail, isMissingFile }: Problem,
  { isKept, isNew }: { readonly isKept: boolean; readonly isNew: boolean },
): void {
  if (isMissingFile === true && isNew) {
    log.info(`${path}: ${detail} yet; the folder is used when it is complete`);
    return;
  }
  const consequence = isKept ? "the last good version keeps running" : "it is not used";
  log.error(`${path}: ${detail}\n(${consequence})`);
}
