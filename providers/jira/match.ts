/** Jira gives each message an id that stays the same when it is sent again. */
import type { MatchContext, WebhookEvent } from "hookyard";

const IDENTIFIER = "x-atlassian-webhook-identifier";

export default (event: WebhookEvent): boolean => event.headers[IDENTIFIER] !== undefined;

/** The prefix names the algorithm. A message with another prefix is refused. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-hub-signature",
    prefix: "sha256=",
  });

export const deliveryId = (event: WebhookEvent): string | undefined => event.headers[IDENTIFIER];

export const eventType = (event: WebhookEvent): string | undefined => {
  const { webhookEvent } = Object(event.payload);
  return typeof webhookEvent === "string" ? webhookEvent : undefined;
};
