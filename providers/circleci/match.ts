/** CircleCI lists a signature for each version of its scheme. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => event.headers["circleci-signature"] !== undefined;

/** Only v1 counts, as CircleCI requires: otherwise a forger could choose the weakest version. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "circleci-signature",
    signatures: "list",
    prefix: "v1=",
  });

export const deliveryId = (event: WebhookEvent): string | undefined => text(event, "id");

export const eventType = (event: WebhookEvent): string | undefined => text(event, "type");

/** A text of the payload, which may be any JSON or none. */
const text = (event: WebhookEvent, key: string): string | undefined => {
  const value: unknown = Object(event.payload)[key];
  return typeof value === "string" ? value : undefined;
};
