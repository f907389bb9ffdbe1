/** A script together with the shared modules it reaches: what is checked, what runs, and what its version covers. */

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

/** What an isolate is given of them. */
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

/** A fault names the shared module it is in, and has its code frame. */
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

interface Importing {
  readonly path: string;
  readonly imports: readonly FileImport[];
}

/** Follows the imports, each file once: modules may import each other in a circle. */
async function addModules(
  entry: PreparedScript,
  script: UnlinkedScript,
): Promise<LinkedScript | Fault> {
  const modules: Record<string, LinkedModule> = {};
  const open: Importing[] = [{ path: script.filename, imports: entry.imports }];
  let bytes = Buffer.byteLength(script.source);
  for (const importing of open) {
    const meant = importedBy(importing, script);
    if ("kind" in meant) return meant;
    const added = meant.filter(({ path }) => !Object.hasOwn(modules, path));
    for (const one of added) {
      const { path, source } = one;
      bytes += Buffer.byteLength(source);
      const tooLarge = scriptTooLarge(script.filename, bytes);
      const prepared = tooLarge ?? (await prepareLibrary(one, script));
      if ("kind" in prepared) return prepared;
      modules[path] = { source, code: prepared.code };
      open.push({ path, imports: prepared.imports });
    }
  }
  return { style: entry.style, code: entry.code, modules };
}

/** The files an importing file means, each once. */
function importedBy(
  { path: from, imports }: Importing,
  { filename, libraries }: UnlinkedScript,
): readonly ResolvedImport[] | Fault {
  const meant = new Map<string, ResolvedImport>();
  for (const { specifier, ...place } of imports) {
    const found = resolveImport(specifier, from, libraries);
    if ("problem" in found) {
      const fault = importFault(found.problem, place);
      return from === filename ? fault : { ...fault, file: from };
    }
    meant.set(found.path, found);
  }
  return [...meant.values()];
}

/** A module many scripts use is prepared once for all that are loaded together. */
const preparedBefore = new WeakMap<Libraries, Map<string, Promise<PreparedScript | Fault>>>();

function prepareLibrary(
  library: ResolvedImport,
  { libraries, strip }: UnlinkedScript,
): Promise<PreparedScript | Fault> {
  const known = preparedBefore.get(libraries) ?? new Map<string, Promise<PreparedScript | Fault>>();
  preparedBefore.set(libraries, known);
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
