/** X, formerly Twitter. It asks by a GET request whether the address knows the secret. */
import type { MatchContext, WebhookEvent } from "hookyard";

const SIGNATURE = "x-twitter-webhooks-signature";

export default (event: WebhookEvent): boolean =>
  event.headers[SIGNATURE] !== undefined || isQuestion(event);

const isQuestion = ({ method, query }: WebhookEvent): boolean =>
  method === "GET" && typeof query["crc_token"] === "string";

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: SIGNATURE,
    prefix: "sha256=",
    encoding: "base64",
  });

/** Signed with the key that signs messages: no text in this alphabet is a body, so nobody can have one signed by asking. */
export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { secret } = ctx.properties;
  const { crc_token: token } = event.query;
  if (!isQuestion(event) || !secret) return undefined;
  if (typeof token !== "string" || !/^[A-Za-z0-9+/=_.-]{1,256}$/.test(token)) return undefined;
  const response = ctx.crypto.hmac("sha256", secret, token, "base64");
  return { status: 200, body: { response_token: `sha256=${response}` } };
};

/** Nothing names a delivery; the events in the body have ids, so equal bodies are the same one. */
export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string =>
  ctx.crypto.hash("sha256", event.rawBody);

/** `tweet_create_events` beside the user it is for. */
export const eventType = (event: WebhookEvent): string | undefined =>
  Object.keys(Object(event.payload)).find((key) => key.endsWith("_events"));
