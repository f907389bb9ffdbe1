/**
 * Standard Webhooks 1.0, with its own header names or those of Svix. Providers of single senders match before this one.
 */
import type { MatchContext, WebhookEvent } from "hookyard";

/** A request with the headers of Svix is verified with them, even if it has the others too. */
const BRANDS = ["svix", "webhook"] as const;

const brandOf = ({ headers }: WebhookEvent) =>
  BRANDS.find((brand) =>
    ["id", "timestamp", "signature"].every((name) => headers[`${brand}-${name}`] !== undefined),
  );

export default (event: WebhookEvent): boolean =>
  brandOf(event) !== undefined && event.headers["x-gitlab-event"] === undefined;

export const verify = (event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.standardWebhooks({
    secret: ctx.properties["secret"],
    headerPrefix: brandOf(event) ?? "webhook",
  });

export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers[`${brandOf(event)}-id`];

export const eventType = (event: WebhookEvent): string | undefined => {
  const { type } = Object(event.payload);
  return typeof type === "string" ? type : undefined;
};
