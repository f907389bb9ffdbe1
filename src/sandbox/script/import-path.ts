/** Resolves an import to a file of a `_lib` folder, or returns the problem and the remedy. */
import { isBuiltin } from "node:module";
import { posix } from "node:path";

/** A file of a `_lib` folder, or why it cannot be read. */
export type LibraryFile =
  | { readonly source: string; readonly problem?: undefined }
  | { readonly problem: string; readonly source?: undefined };
/** The files of the `_lib` folders, by path: `functions/_lib/util.ts`. */
export type Libraries = Readonly<Record<string, LibraryFile>>;

const MAX_LISTED = 12;

export interface ResolvedImport {
  readonly path: string;
  readonly source: string;
}

/** `from` is the path of the importing file. Its first folder is the one whose `_lib` it may import. */
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
  if (specifier === "hookyard") return "it has only types, and the import needs a value";
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

/** True if only the letter case or the extension differs, or if `other` is the index file of the folder. */
function isSimilar(path: string, other: string): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/\.[a-z]+$/, "");
  return plain(other) === plain(path) || plain(other) === `${plain(path)}/index`;
}

/** Lists the files of the folder, or all files if it has none. */
function nearby(wanted: string, folder: string, libraries: Libraries): string {
  const all = Object.keys(libraries);
  const beside = all.filter((path) => posix.dirname(path) === wanted);
  const [where, found] = beside.length > 0 ? [`${wanted}/`, beside] : [folder, all];
  if (found.length === 0) return `${folder} has no files ending in .ts or .js`;
  const named = found.slice(0, MAX_LISTED).map((path) => path.slice(where.length));
  const more = found.length > named.length ? `, and ${found.length - named.length} more` : "";
  return `${where} has ${named.join(", ")}${more}`;
}

function relativeTo(from: string, path: string): string {
  const relative = posix.relative(posix.dirname(from), path);
  const end = path.endsWith("/") ? "/" : "";
  return `${relative.startsWith(".") ? "" : "./"}${relative}${relative === "" ? "" : end}`;
}
