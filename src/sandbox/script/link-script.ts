/** A script with the shared modules it imports, directly or not: this is what is checked, run and versioned. */

import type { Fault } from "../wire/protocol.ts";
import { withCodeFrame } from "./code-frame.ts";
import { type Libraries, type ResolvedImport, resolveImport } from "./import-path.ts";
import { type FileImport, importFault } from "./module-imports.ts";
import { type PreparedScript, prepareModule, prepareScript, type ScriptStyle } from "./script.ts";
import { fileTooLarge, scriptTooLarge } from "./source-size.ts";
import type { StripTypes } from "./type-cache.ts";

export interface LinkedScript {
  readonly style: ScriptStyle;
  readonly code: string;
  /** By path: `functions/_lib/util.ts`. */
  readonly modules: Readonly<Record<string, LinkedModule>>;
}

export interface LinkedModule {
  readonly source: string;
  readonly code: string;
}

/** The code of the modules, as it is sent to an isolate. */
export const moduleCode = ({
  modules,
}: Pick<LinkedScript, "modules">): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(modules).map(([path, { code }]) => [path, code]));

export interface UnlinkedScript {
  readonly filename: string;
  readonly source: string;
  readonly libraries: Libraries;
  readonly strip: StripTypes;
}

/** Links a script. A fault names its shared module and has a code frame. */
export async function linkScript(
  script: UnlinkedScript,
  propertyNames: readonly string[],
): Promise<LinkedScript | Fault> {
  const { filename, source, libraries: modules, strip } = script;
  const tooLarge = fileTooLarge(filename, source);
  const entry = tooLarge ?? (await prepareScript(source, propertyNames, strip));
  const linked = "kind" in entry ? entry : await addModules(entry, script);
  return "kind" in linked ? withCodeFrame(linked, { source, modules }) : linked;
}

interface ImportingFile {
  readonly path: string;
  readonly imports: readonly FileImport[];
}

/** Follows the imports and adds each file once: modules may import each other in a cycle. */
async function addModules(
  entry: PreparedScript,
  script: UnlinkedScript,
): Promise<LinkedScript | Fault> {
  const modules: Record<string, LinkedModule> = {};
  const queue: ImportingFile[] = [{ path: script.filename, imports: entry.imports }];
  let bytes = Buffer.byteLength(script.source);
  for (const importing of queue) {
    const imported = importedBy(importing, script);
    if ("kind" in imported) return imported;
    const added = imported.filter(({ path }) => !Object.hasOwn(modules, path));
    for (const one of added) {
      const { path, source } = one;
      bytes += Buffer.byteLength(source);
      const tooLarge = scriptTooLarge(script.filename, bytes);
      const prepared = tooLarge ?? (await prepareLibrary(one, script));
      if ("kind" in prepared) return prepared;
      modules[path] = { source, code: prepared.code };
      queue.push({ path, imports: prepared.imports });
    }
  }
  return { style: entry.style, code: entry.code, modules };
}

/** The files that a file imports, each once. */
function importedBy(
  { path: from, imports }: ImportingFile,
  { filename, libraries }: UnlinkedScript,
): readonly ResolvedImport[] | Fault {
  const files = new Map<string, ResolvedImport>();
  for (const { specifier, ...place } of imports) {
    const found = resolveImport(specifier, from, libraries);
    if ("problem" in found) {
      const fault = importFault(found.problem, place);
      return from === filename ? fault : { ...fault, file: from };
    }
    files.set(found.path, found);
  }
  return [...files.values()];
}

/** Modules that were prepared already: scripts that are loaded together share them. */
const preparedModules = new WeakMap<Libraries, Map<string, Promise<PreparedScript | Fault>>>();

function prepareLibrary(
  library: ResolvedImport,
  { libraries, strip }: UnlinkedScript,
): Promise<PreparedScript | Fault> {
  const known =
    preparedModules.get(libraries) ?? new Map<string, Promise<PreparedScript | Fault>>();
  preparedModules.set(libraries, known);
  const prepared = known.get(library.path) ?? prepareFile(library, strip);
  known.set(library.path, prepared);
  return prepared;
}

async function prepareFile(
  { path, source }: ResolvedImport,
  strip: StripTypes,
): Promise<PreparedScript | Fault> {
  const made = fileTooLarge(path, source) ?? (await prepareModule(source, strip));
  return "kind" in made ? { ...made, file: path } : made;
}
