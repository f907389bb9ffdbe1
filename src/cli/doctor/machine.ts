/** Checks of this machine: Node, folders, disk, database and port. */
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, resolve } from "node:path";
import type { Config } from "../../config.ts";
import { HookyardError } from "../../errors.ts";
import { missingKey } from "../../secrets/keyring.ts";
import { inspectDatabase } from "../../store/sqlite/inspect.ts";
import { reasonOf } from "../api.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const NODE_MAJOR = 24;
const MB = 1024 ** 2;
const LITTLE_BYTES = 1024 * MB;
const TOO_LITTLE_BYTES = 100 * MB;

export function nodeVersion(): Finding {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) === NODE_MAJOR) return ok("Node", node);
  const remedy = `use the Node that comes with the packages: \`npm run hookyard -- …\`, or the installed command`;
  return problem("Node", `version ${node}, expected ${NODE_MAJOR}`, remedy);
}

export function dataDirectory({ databasePath }: Config): Finding {
  const folder = dirname(databasePath);
  const check = "data directory";
  try {
    const existing = nearestExisting(folder);
    accessSync(existing, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok(
      check,
      `${folder} ${existing === folder ? "is writable" : "is made at the first start"}`,
    );
  } catch (error) {
    const remedy = "make it writable for the user that runs the server, or set HOOKYARD_DATA_DIR";
    return problem(check, `${folder}: ${reasonOf(error)}`, remedy);
  }
}

/** The folder itself, or its nearest existing ancestor. */
const nearestExisting = (folder: string): string =>
  existsSync(folder) ? folder : nearestExisting(dirname(resolve(folder)));

export function diskSpace({ databasePath }: Config): Finding {
  const folder = nearestExisting(dirname(databasePath));
  const check = "disk space";
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const found = `${Math.round(free / MB)} MB free at ${folder}`;
  const remedy =
    "free disk space, move HOOKYARD_DATA_DIR, or limit the log with HOOKYARD_RETENTION_BYTES";
  if (free < TOO_LITTLE_BYTES) return problem(check, found, remedy);
  return free < LITTLE_BYTES ? warning(check, found, remedy) : ok(check, found);
}

/** The database holds message bodies and hashes of tokens. */
export function databaseMode({ databasePath }: Config): Finding {
  const check = "database file";
  if (!existsSync(databasePath)) return ok(check, `${databasePath} is made at the first start`);
  const open = [databasePath, `${databasePath}-wal`, `${databasePath}-shm`].filter(
    (path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0,
  );
  if (open.length === 0) return ok(check, `only its owner can read ${databasePath}`);
  return warning(check, `others can read ${open.join(", ")}`, `chmod 600 ${open.join(" ")}`);
}

/** Whether a server could open the database and decrypt its secrets. */
export function database(config: Config): Finding {
  const check = "database";
  if (!existsSync(config.databasePath)) return ok(check, "there is none yet");
  try {
    const { keyIds } = inspectDatabase(config.databasePath);
    const missing = missingKey(config, keyIds);
    if (missing !== undefined)
      return problem("key of secrets", missing, "the server does not start without that key");
    return ok(check, `${config.databasePath} and its secrets can be read`);
  } catch (error) {
    if (!(error instanceof HookyardError)) throw error;
    return problem(check, error.message, "the server would not start");
  }
}

/** The port must be free, or used by the server that answers. */
export async function port(
  { host, port: configured }: Config,
  isServerUp: boolean,
): Promise<Finding> {
  const check = "port";
  if (isServerUp) return ok(check, `${configured} is in use by the server`);
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const server = createServer()
    .once("error", (error) => {
      const remedy = "stop the program that listens there, or set HOOKYARD_PORT or HOOKYARD_HOST";
      resolve(problem(check, `cannot listen on ${host}:${configured}: ${error.message}`, remedy));
    })
    .listen(configured, host, () => resolve(ok(check, `${host}:${configured} is free`)));
  const found = await promise;
  server.close();
  return found;
}
