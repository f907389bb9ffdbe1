/** Which file an import means, or what is wrong with it and what can be written instead. */
import { isBuiltin } from "node:module";
import { posix } from "node:path";

/** A file of a `_lib` folder, or why it cannot be read. */
export type LibraryFile =
  | { readonly source: string; readonly problem?: undefined }
  | { readonly problem: string; readonly source?: undefined };
/** By path: `functions/_lib/util.ts`. */
export type Libraries = Readonly<Record<string, LibraryFile>>;

const MAX_NAMED = 12;

export interface ResolvedImport {
  readonly path: string;
  readonly source: string;
}

/** `from` is the path of the importing file; the first part of it is the folder whose `_lib` it may use. */
export function resolveImport(
  specifier: string,
  from: string,
  libraries: Libraries,
): ResolvedImport | { readonly problem: string } {
  const folder = `${from.split("/", 1)[0]}/_lib/`;
  const cannot = `cannot import ${JSON.stringify(specifier)}`;
  if (!/^\.\.?(?:\/|$)/.test(specifier)) {
    const written = `${relativeTo(from, folder)}name.ts`;
    return {
      problem: `${cannot}: ${outside(specifier)}. A script can import files of ${folder} as ${JSON.stringify(written)}, and types with import type`,
    };
  }
  const path = posix.join(posix.dirname(from), specifier);
  const library = Object.hasOwn(libraries, path) ? libraries[path] : undefined;
  if (library === undefined) return { problem: `${cannot}: ${missing(path, from, libraries)}` };
  return library.source === undefined
    ? { problem: `${cannot}: ${library.problem}` }
    : { path, source: library.source };
}

function outside(specifier: string): string {
  if (specifier === "hookyard") return "it has only types, and a value is asked for";
  if (isBuiltin(specifier)) return "scripts have no modules of Node; what they can use is in ctx";
  if (/^(?:\/|[a-z][a-z+.-]*:)/i.test(specifier)) return "only relative paths can be imported";
  return "scripts have no packages";
}

function missing(path: string, from: string, libraries: Libraries): string {
  const folder = `${from.split("/", 1)[0]}/_lib/`;
  if (path.endsWith(".json")) {
    return `JSON cannot be imported; put the data into a file ${folder}….ts that exports it`;
  }
  if (!path.startsWith(folder)) {
    return `${path} is not in ${folder}, the only folder whose files can be imported here; what several scripts use belongs there`;
  }
  const similar = Object.keys(libraries).find((other) => isSimilar(path, other));
  if (similar !== undefined) {
    return `there is no ${path}, but ${similar}: write ${JSON.stringify(relativeTo(from, similar))}`;
  }
  return `there is no ${path}; ${nearby(posix.dirname(path), folder, libraries)}`;
}

/** Another case, another or no extension, or the folder it is the index of. */
function isSimilar(path: string, other: string): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/\.[a-z]+$/, "");
  return plain(other) === plain(path) || plain(other) === `${plain(path)}/index`;
}

/** The files in the folder meant; all there are when it is empty. */
function nearby(meant: string, folder: string, libraries: Libraries): string {
  const all = Object.keys(libraries);
  const beside = all.filter((path) => posix.dirname(path) === meant);
  const [where, found] = beside.length > 0 ? [`${meant}/`, beside] : [folder, all];
  if (found.length === 0) return `${folder} has no files ending in .ts or .js`;
  const named = found.slice(0, MAX_NAMED).map((path) => path.slice(where.length));
  const more = found.length > named.length ? `, and ${found.length - named.length} more` : "";
  return `${where} has ${named.join(", ")}${more}`;
}

function relativeTo(from: string, path: string): string {
  const relative = posix.relative(posix.dirname(from), path);
  const end = path.endsWith("/") ? "/" : "";
  return `${relative.startsWith(".") ? "" : "./"}${relative}${relative === "" ? "" : end}`;
}
