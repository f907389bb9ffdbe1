/** Gogs sends GitHub's event header too, so its script runs before GitHub's. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** Forges that send the headers of Gogs beside their own. */
const RELATIVES = ["x-forgejo-event", "x-gitea-event"];

export default ({ headers }: WebhookEvent): boolean =>
  headers["x-gogs-event"] !== undefined && RELATIVES.every((name) => headers[name] === undefined);

/** A form holds the signed JSON in its only field. */
const contentOf = ({ contentType = "" }: WebhookEvent): string =>
  /^application\/x-www-form-urlencoded\b/i.test(contentType) ? "{field:payload}" : "{body}";

export const verify = (event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-gogs-signature",
    content: contentOf(event),
  });

export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers["x-gogs-delivery"];

/** Only a header names the event, and it is not signed. */
export const eventType = (event: WebhookEvent): string | undefined => event.headers["x-gogs-event"];
