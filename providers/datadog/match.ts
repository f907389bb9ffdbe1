/** The operator writes Datadog's whole payload, so only a configured header identifies the sender. */
import type { MatchContext, WebhookEvent } from "hookyard";

const headerOf = (ctx: MatchContext): string =>
  ctx.properties["header"] || "x-hookyard-datadog-token";

export default (event: WebhookEvent, ctx: MatchContext): boolean =>
  event.headers[headerOf(ctx).toLowerCase()] !== undefined;

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.token({ secret: ctx.properties["token"], header: headerOf(ctx) });

export const deliveryId = (event: WebhookEvent): string | undefined => text(event, "id");

export const eventType = (event: WebhookEvent): string | undefined => text(event, "event_type");

/** A text of the payload, which may be any JSON or none. */
const text = (event: WebhookEvent, key: string): string | undefined => {
  const value: unknown = Object(event.payload)[key];
  return typeof value === "string" ? value : undefined;
};
