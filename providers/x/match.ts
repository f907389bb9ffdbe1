/** X, formerly Twitter. It validates the address by a GET request, whose answer is signed with the secret. */
import type { MatchContext, WebhookEvent } from "hookyard";

const SIGNATURE = "x-twitter-webhooks-signature";

export default (event: WebhookEvent): boolean =>
  event.headers[SIGNATURE] !== undefined || isValidation(event);

const isValidation = ({ method, query }: WebhookEvent): boolean =>
  method === "GET" && typeof query["crc_token"] === "string";

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: SIGNATURE,
    prefix: "sha256=",
    encoding: "base64",
  });

/**
 * The answer is signed with the key of messages. No body consists of this alphabet, so a handshake cannot be used to
 * sign a message.
 */
export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { secret } = ctx.properties;
  const { crc_token: token } = event.query;
  if (!isValidation(event) || !secret) return undefined;
  if (typeof token !== "string" || !/^[A-Za-z0-9+/=_.-]{1,256}$/.test(token)) return undefined;
  const response = ctx.crypto.hmac("sha256", secret, token, "base64");
  return { status: 200, body: { response_token: `sha256=${response}` } };
};

/** A delivery has no id. The events in the body have ids, so equal bodies are the same delivery. */
export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string =>
  ctx.crypto.hash("sha256", event.rawBody);

/** The key of the events, such as `tweet_create_events`. The payload has other keys too. */
export const eventType = (event: WebhookEvent): string | undefined =>
  Object.keys(Object(event.payload)).find((key) => key.endsWith("_events"));
