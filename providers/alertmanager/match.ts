/** Alertmanager does not sign. It repeats an ongoing alert on purpose, so no message counts as a duplicate. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => hasItsShape(Object(event.payload));

/** Grafana's messages have the same shape, and also an organisation. */
const hasItsShape = (body: Record<string, unknown>): boolean =>
  body["version"] === "4" &&
  body["orgId"] === undefined &&
  Array.isArray(body["alerts"]) &&
  ["groupKey", "receiver", "externalURL"].every((key) => typeof body[key] === "string");

export const verify = (_event: WebhookEvent, ctx: MatchContext) => {
  const { token, username, password } = ctx.properties;
  return token
    ? ctx.verify.token({ secret: token, header: "authorization", prefix: "Bearer " })
    : ctx.verify.basic({ username, password });
};

export const eventType = (event: WebhookEvent): string | undefined => {
  const { status } = Object(event.payload);
  return typeof status === "string" ? status : undefined;
};
