/** GitLab signs by Standard Webhooks where a signing token is set, and else sends a shared token. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => event.headers["x-gitlab-event"] !== undefined;

/** With a signing token the plain one is not enough: whoever has overheard it could write any body. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) => {
  const { signingToken, secret } = ctx.properties;
  return signingToken
    ? ctx.verify.standardWebhooks({ secret: signingToken })
    : ctx.verify.token({ secret, header: "x-gitlab-token" });
};

/** Not `X-Gitlab-Event-UUID`: events that a webhook's own calls bring about share it with the first. */
export const deliveryId = ({ headers }: WebhookEvent): string | undefined =>
  headers["webhook-id"] ?? headers["idempotency-key"];

/** System hooks have only the second name. */
export const eventType = (event: WebhookEvent): string | undefined => {
  const { object_kind: kind, event_name: name } = Object(event.payload);
  return [kind, name].find((label) => typeof label === "string");
};
