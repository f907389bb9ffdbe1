/** FlexDeploy's variables in the order in which the wrapper around such a script takes them; property values follow. */
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
