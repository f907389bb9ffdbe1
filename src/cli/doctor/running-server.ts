/** Checks that the server which answers is the one that these settings describe. */
import type { Config } from "../../config.ts";
import { holderOf, type Serving } from "../../store/sqlite/lock.ts";
import { type Finding, ok, warning } from "./finding.ts";

const CHECK = "running server";
const HERE = "run this command where the server was started, with its settings";

/** The address that the command calls, and whether a server answers there. */
export interface Answering {
  readonly url: string;
  readonly isUp: boolean;
}

/**
 * Compares the data directory, the port and the settings. If another server answers, every finding about this machine
 * is about a server that does not.
 */
export function runningServer(config: Config, { url, isUp }: Answering): readonly Finding[] {
  const { databasePath } = config;
  const holder = holderOf(databasePath);
  if (holder === undefined) {
    const found = `a server answers, and no running server uses ${databasePath}`;
    return isUp ? [warning(CHECK, found, `${HERE}; with --remote if it runs elsewhere`)] : [];
  }
  const { pid, serving } = holder;
  const found = `process ${pid} uses ${databasePath}`;
  // A server of an earlier version, or one that starts.
  if (serving === undefined) return [ok(CHECK, found)];
  if (!isUp || (isLoopback(url) && portOf(url) !== serving.port)) {
    const asked = isUp ? `the server at ${url} is another one` : `not at ${url}`;
    const remedy = `name it with --url or HOOKYARD_URL, or set HOOKYARD_PORT=${serving.port}`;
    return [warning(CHECK, `${found} and listens on port ${serving.port}; ${asked}`, remedy)];
  }
  return [ok(CHECK, found), settings(serving, config)];
}

const isLoopback = (url: string): boolean =>
  /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port || DEFAULT_PORTS[protocol]);
}

/** The port is compared with the URL, and the other two change nothing that is checked here. */
const NOT_COMPARED = new Set(["PORT", "LOG_LEVEL", "ADMIN_TOKEN"]);

/** A server keeps the settings it was started with. */
function settings(serving: Serving, config: Config): Finding {
  const check = "server settings";
  const differing = Object.entries(config.settings).filter(
    ([name, here]) =>
      !NOT_COMPARED.has(name) &&
      name in serving.settings &&
      JSON.stringify(serving.settings[name]) !== JSON.stringify(here),
  );
  if (differing.length === 0) return ok(check, "the running server has the settings found here");
  const texts = differing.map(
    ([name, here]) =>
      `HOOKYARD_${name} is ${valueText(here)} here and ${valueText(serving.settings[name])} in the running server`,
  );
  return warning(check, texts.join("; "), `start the server again to use these, or ${HERE}`);
}

function valueText(value: unknown): string {
  if (value === null) return "not set";
  return typeof value === "string" ? value : JSON.stringify(value);
}
