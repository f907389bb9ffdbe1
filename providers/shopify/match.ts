/** Shopify. Its newer events name the same headers without the X. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default ({ headers }: WebhookEvent): boolean =>
  headers["x-shopify-topic"] !== undefined || headers["shopify-hmac-sha256"] !== undefined;

const named = ({ headers }: WebhookEvent, name: string): string | undefined =>
  headers[`shopify-${name}`] ?? headers[`x-shopify-${name}`];

/** If the newer header is present, the older one is ignored. */
export const verify = (event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header:
      event.headers["shopify-hmac-sha256"] === undefined
        ? "x-shopify-hmac-sha256"
        : "shopify-hmac-sha256",
    encoding: "base64",
  });

export const deliveryId = (event: WebhookEvent): string | undefined => named(event, "webhook-id");

/** Only a header names the event, and it is not signed. */
export const eventType = (event: WebhookEvent): string | undefined => named(event, "topic");
