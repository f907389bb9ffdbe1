/** The text that a start prints for the operator: addresses, the new token, unverified providers, the next command. */
import { existsSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import type { App } from "../app.ts";
import type { Config } from "../config.ts";
import { inUse, refusingAll } from "../registry/unverified-providers.ts";
import { SETTINGS_SCHEMA } from "../settings.ts";
import { unverifiedLines } from "./unverified-warnings.ts";

type Line = readonly [word: string, text: string];

const WORD_WIDTH = 15;

interface Started extends Pick<App, "port" | "newToken" | "registry"> {
  readonly signInCode: string | undefined;
}

export function banner(app: Started, config: Config): string {
  const local = localUrl(config, app.port);
  const base = config.publicUrl ?? local;
  const registry = app.registry();
  const names = inUse(registry).map(({ name }) => name);
  const lines: readonly Line[] = [
    ...config.basePaths.map((path): Line => ["senders post to", `${base}${path}/<uri>`]),
    ["functions run", names.length === 0 ? "for no provider yet" : `for ${names.join(", ")}`],
    ["the API is at", `${base}/api/v1`],
    ["its page is at", `${base}/api/v1/docs`],
    ...signInLines(base, app.signInCode),
    ...tokenLines(app.newToken),
    ...unverifiedLines(registry, config),
    ["next", nextCommand(app, config, local)],
  ];
  const { providers, functions } = registry;
  return [
    "",
    `hookyard is ready: ${counted(providers.length, "provider")}, ${counted(functions.size, "function")}`,
    ...lines.map(([word, text]) => `  ${word.padEnd(WORD_WIDTH)}  ${text}`),
    "",
    "",
  ].join("\n");
}

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;

/** The page of the console reads the code from the link and signs in with it. */
const signInLines = (base: string, code: string | undefined): readonly Line[] =>
  code === undefined
    ? []
    : [
        ["sign in at", `${base}/sign-in#code=${code}`],
        ["", "(works once, within ten minutes; later: npx hookyard sign-in)"],
      ];

/** Nothing about a token of an earlier start, or of HOOKYARD_ADMIN_TOKEN: it was shown then, or never. */
const tokenLines = (token: string | undefined): readonly Line[] =>
  token === undefined
    ? []
    : [
        ["admin token", token],
        ["", "(shown only now: keep it)"],
      ];

/** The address for clients on this machine. */
function localUrl({ host }: Pick<Config, "host">, port: number): string {
  if (host === "0.0.0.0") return `http://127.0.0.1:${port}`;
  if (host === "::") return `http://[::1]:${port}`;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Sends a sample of a provider that accepts it; `doctor` if there is none. */
function nextCommand(
  { registry }: Pick<App, "registry">,
  { providersDir, unverified }: Pick<Config, "providersDir" | "unverified">,
  url: string,
): string {
  const refused = new Set(refusingAll(registry(), unverified).map(({ provider }) => provider));
  const provider = inUse(registry()).find(
    ({ name }) => !refused.has(name) && existsSync(join(providersDir, name, "samples")),
  );
  // The command finds a server on the default address by itself.
  const isDefault = url === `http://${DEFAULTS.HOST}:${DEFAULTS.PORT}`;
  const command = provider === undefined ? "doctor" : `send ${provider.name} --wait`;
  return `npx hookyard ${command}${isDefault ? "" : ` --url ${url}`}`;
}

const DEFAULTS = SETTINGS_SCHEMA.parse({});
