/** With a signing token GitLab signs by Standard Webhooks; without one it sends a shared token. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => event.headers["x-gitlab-event"] !== undefined;

/** If a signing token is set, the plain token is not accepted: an eavesdropper could send any body with it. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) => {
  const { signingToken, secret } = ctx.properties;
  return signingToken
    ? ctx.verify.standardWebhooks({ secret: signingToken })
    : ctx.verify.token({ secret, header: "x-gitlab-token" });
};

/** Not `X-Gitlab-Event-UUID`: events that a webhook triggers through the API have the same one as the first event. */
export const deliveryId = ({ headers }: WebhookEvent): string | undefined =>
  headers["webhook-id"] ?? headers["idempotency-key"];

/** System hooks have only the second header. */
export const eventType = (event: WebhookEvent): string | undefined => {
  const { object_kind: kind, event_name: name } = Object(event.payload);
  return [kind, name].find((label) => typeof label === "string");
};
