/** Links in a folder that is written to: followed while they stay in it. */
import { lstatSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { usage } from "../failure.ts";

/**
 * Throws a `Failure` when a link on the way from `root` down to `path` leads out of `root`, or nowhere: a server that
 * chooses names is not to choose where files are written or removed. `root` itself may be a link: a person named it.
 */
export function assertInside(root: string, path: string): void {
  const way = relative(resolve(root), resolve(path));
  if (leavesIt(way)) throw outside(path, root, resolve(path));
  if (way !== "") assertInside(root, dirname(resolve(path)));
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (way === "" || stats === undefined || !stats.isSymbolicLink()) return;
  const target = targetOf(path);
  if (target === undefined)
    throw usage(`${path} is a link that leads nowhere, expected a file or folder: remove it`);
  if (leavesIt(relative(realpathSync(root), target))) throw outside(path, root, target);
}

const leavesIt = (way: string): boolean => way.split(/[/\\]/)[0] === ".." || isAbsolute(way);

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
