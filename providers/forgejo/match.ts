/** Forgejo sends the headers of Gitea, Gogs and GitHub too, so its script runs before theirs. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => event.headers["x-forgejo-event"] !== undefined;

/**
 * Gitea's signature counts only in releases that send no other. A message with a wrong signature of Forgejo is refused.
 */
const signatureHeader = ({ headers }: WebhookEvent): string =>
  headers["x-forgejo-signature"] === undefined ? "x-gitea-signature" : "x-forgejo-signature";

/** A form holds the signed JSON in its only field. */
const contentOf = ({ contentType = "" }: WebhookEvent): string =>
  /^application\/x-www-form-urlencoded\b/i.test(contentType) ? "{field:payload}" : "{body}";

export const verify = (event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: signatureHeader(event),
    content: contentOf(event),
  });

export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers["x-forgejo-delivery"];

/** Only a header names the event, and it is not signed. */
export const eventType = (event: WebhookEvent): string | undefined =>
  event.headers["x-forgejo-event"];
