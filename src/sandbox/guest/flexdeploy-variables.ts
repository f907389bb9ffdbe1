/** FlexDeploy's variables. */
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

/** What other scripts are given is there too: a script that was carried over can use `ctx.http` and the rest. */
export const MODULE_VARIABLES = ["event", "ctx"] as const;

/**
 * The parameters of the wrapper around such a script, in order. A property hides `event` or `ctx`: a script that knows
 * the property by that name was written before.
 */
export const parametersOf = (propertyNames: readonly string[]): readonly string[] => [
  ...VARIABLES,
  ...propertyNames,
  ...MODULE_VARIABLES.filter((name) => !propertyNames.includes(name)),
];
