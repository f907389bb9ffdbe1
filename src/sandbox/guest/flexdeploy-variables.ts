/** The variables of FlexDeploy scripts. */
export const VARIABLES = [
  "HTTP_HEADERS",
  "PAYLOAD",
  "QUERY_PARAMS",
  "FLX_MESSAGE_ID",
  "FLX_PRISTINE_PAYLOAD",
  "FLX_REMOTE_ADDR",
  "FLX_REMOTE_HOST",
  "LOG",
  "HMAC",
] as const;

/** The parameters of module scripts are available too, so that a migrated script can use `ctx.http` and the rest. */
export const MODULE_VARIABLES = ["event", "ctx"] as const;

/**
 * The parameters of the wrapper around a FlexDeploy script, in order. A property named `event` or `ctx` hides that
 * parameter, since the script was written for the property.
 */
export const parametersOf = (propertyNames: readonly string[]): readonly string[] => [
  ...VARIABLES,
  ...propertyNames,
  ...MODULE_VARIABLES.filter((name) => !propertyNames.includes(name)),
];
