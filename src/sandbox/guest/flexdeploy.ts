/**
 * FlexDeploy's script variables, for scripts without `export`, with the names and access styles of its documentation.
 */
import type { LogLevel } from "../../model/outcome.ts";
import type { EventHead } from "./event.ts";
import { asMap, mapMethods } from "./flexdeploy-map.ts";
import { type MODULE_VARIABLES, parametersOf, type VARIABLES } from "./flexdeploy-variables.ts";
import { digest, type Properties } from "./toolbox.ts";

const HMAC = Object.freeze(
  Object.fromEntries(
    ["MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512"].map((name) => [
      `generateHmac${name}`,
      (data: unknown, key: unknown) =>
        digest("hmac", { algorithm: name.toLowerCase(), key, encoding: "hex" }, data),
    ]),
  ),
);

/** The objects that all FlexDeploy scripts share. They must be frozen before any script runs. */
export const flexDeployShared = { HMAC, mapMethods };

export interface FlexDeployLog {
  readonly write: (level: LogLevel, values: readonly unknown[]) => void;
  readonly setMessage: (text: unknown) => void;
}

/** The levels of java.util.logging, which FlexDeploy uses. */
const LEVELS = {
  finest: "debug",
  finer: "debug",
  fine: "debug",
  config: "info",
  info: "info",
  warning: "warn",
  severe: "error",
} as const;

function makeLog(log: FlexDeployLog): object {
  const levels = Object.entries(LEVELS).map(([name, level]) => [
    name,
    (...values: readonly unknown[]) => log.write(level, values),
  ]);
  return Object.freeze({ ...Object.fromEntries(levels), setMessage: log.setMessage });
}

export interface FlexDeployScript {
  /** The variables that the script mentions; the others are not created. */
  readonly uses: readonly string[];
  readonly properties: Properties;
}

/** The arguments of a wrapped script, in the order of its parameters. */
export function flexDeployArguments(
  event: EventHead,
  log: FlexDeployLog,
  { uses, properties }: FlexDeployScript,
  makeContext: () => object,
): unknown[] {
  const makers: Record<string, () => unknown> = {
    HTTP_HEADERS: () => asMap(event.headers),
    PAYLOAD: () => asMap(event["payload"]),
    QUERY_PARAMS: () => asMap(event.query),
    FLX_MESSAGE_ID: () => event.id,
    FLX_PRISTINE_PAYLOAD: () => event["rawBody"],
    FLX_REMOTE_ADDR: () => event.remoteAddress,
    FLX_REMOTE_HOST: () => event.remoteAddress,
    LOG: () => makeLog(log),
    HMAC: () => HMAC,
    event: () => event,
    ctx: makeContext,
  } satisfies Record<(typeof VARIABLES | typeof MODULE_VARIABLES)[number], () => unknown>;
  return parametersOf(Object.keys(properties)).map((name) => {
    if (Object.hasOwn(properties, name)) return properties[name]?.[0];
    return uses.includes(name) ? makers[name]?.() : undefined;
  });
}
