/** Links in a folder that is written to are followed only while they stay inside. */
import { lstatSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { usage } from "../failure.ts";

/**
 * Throws a `Failure` when a link between `root` and `path` leads outside of `root`, or to nothing: names come from the
 * server, which must not choose where files are written or removed. `root` itself may be a link, because the caller
 * named it.
 */
export function assertInside(root: string, path: string): void {
  const relativePath = relative(resolve(root), resolve(path));
  if (isOutside(relativePath)) throw outside(path, root, resolve(path));
  if (relativePath !== "") assertInside(root, dirname(resolve(path)));
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (relativePath === "" || stats === undefined || !stats.isSymbolicLink()) return;
  const target = targetOf(path);
  if (target === undefined)
    throw usage(`${path} is a link that leads nowhere, expected a file or folder: remove it`);
  if (isOutside(relative(realpathSync(root), target))) throw outside(path, root, target);
}

const isOutside = (relativePath: string): boolean =>
  relativePath.split(/[/\\]/)[0] === ".." || isAbsolute(relativePath);

function targetOf(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch {
    return undefined;
  }
}

const outside = (path: string, root: string, target: string) =>
  usage(
    `${path} leads to ${target}, expected a place in ${root}, outside of which nothing is written or removed: remove the link, or name the folder it leads to`,
  );
