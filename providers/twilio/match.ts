/**
 * Twilio signs the configured address and the fields of a form in order. For JSON the address has the hash of the body.
 */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => event.headers["x-twilio-signature"] !== undefined;

const isForm = ({ contentType = "" }: WebhookEvent): boolean =>
  /^application\/x-www-form-urlencoded\b/i.test(contentType);

export const verify = (event: WebhookEvent, ctx: MatchContext) => {
  const { secret, url } = ctx.properties;
  const { bodySHA256: hash } = event.query;
  const isHashed = hash !== undefined || (!isForm(event) && event.rawBody !== "");
  if (isHashed && hash !== ctx.crypto.hash("sha256", event.rawBody)) {
    return { ok: false, reason: "bodySHA256 in the query is not the hash of the body" };
  }
  return ctx.verify.hmac({
    secret,
    header: "x-twilio-signature",
    algorithm: "sha1",
    encoding: "base64",
    content: isForm(event) ? "{url}{form}" : "{url}",
    url,
  });
};

export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers["i-twilio-idempotency-token"];

/** The status of a call or message, under its name at Twilio. */
export const eventType = (event: WebhookEvent): string | undefined => {
  const payload = Object(event.payload);
  const kind = ["CallStatus", "MessageStatus", "SmsStatus"].find((name) => payload[name]);
  return kind === undefined ? undefined : `${kind} ${payload[kind]}`;
};
