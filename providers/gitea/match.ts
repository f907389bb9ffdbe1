/** Gitea sends the headers of Gogs and GitHub too, so its script runs before theirs. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default ({ headers }: WebhookEvent): boolean =>
  headers["x-gitea-event"] !== undefined && headers["x-forgejo-event"] === undefined;

/** A form holds the signed JSON in its only field. */
const contentOf = ({ contentType = "" }: WebhookEvent): string =>
  /^application\/x-www-form-urlencoded\b/i.test(contentType) ? "{field:payload}" : "{body}";

export const verify = (event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-gitea-signature",
    content: contentOf(event),
  });

export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers["x-gitea-delivery"];

/** Only a header names the event, and it is not signed. */
export const eventType = (event: WebhookEvent): string | undefined =>
  event.headers["x-gitea-event"];
