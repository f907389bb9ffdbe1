/** Standard Webhooks 1.0, under its own header names and those of Svix. Senders with a provider of their own come first. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** The branded names first: who sends those means them. */
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
