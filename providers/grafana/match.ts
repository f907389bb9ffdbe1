/** Grafana alerting. Grafana repeats an ongoing alert with the same text, so no message counts as a duplicate. */
import type { MatchContext, WebhookEvent } from "hookyard";

const SIGNATURE = "x-grafana-alerting-signature";

export default (event: WebhookEvent): boolean =>
  event.headers[SIGNATURE] !== undefined || hasItsShape(Object(event.payload));

/** Alertmanager's messages look the same but have no organisation. */
const hasItsShape = ({ orgId, alerts, receiver }: Record<string, unknown>): boolean =>
  typeof orgId === "number" && Array.isArray(alerts) && typeof receiver === "string";

/** If a secret is set, only a signature is accepted. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) => {
  const { secret, header, timestampHeader, token, username, password } = ctx.properties;
  const options = { secret, header: header || SIGNATURE };
  if (secret && timestampHeader) {
    const timestamp = { header: timestampHeader };
    return ctx.verify.hmac({ ...options, timestamp, content: "{timestamp}:{body}" });
  }
  if (secret || (!token && !password)) return ctx.verify.hmac(options);
  return token
    ? ctx.verify.token({ secret: token, header: "authorization", prefix: "Bearer " })
    : ctx.verify.basic({ username, password });
};

export const eventType = (event: WebhookEvent): string | undefined => {
  const { status } = Object(event.payload);
  return typeof status === "string" ? status : undefined;
};
