/** Dropbox names only the accounts with changes, so equal messages are no duplicates and all of them run. */
import type { MatchContext, WebhookEvent } from "hookyard";

const CHALLENGE = /^[\w-]{1,200}$/;

export default (event: WebhookEvent): boolean =>
  event.headers["x-dropbox-signature"] !== undefined || challengeOf(event) !== undefined;

/** A request with further query parameters is from another sender. */
const challengeOf = ({ method, query }: WebhookEvent): string | undefined => {
  const { challenge } = query;
  const isAlone = method === "GET" && Object.keys(query).length === 1;
  return isAlone && typeof challenge === "string" && CHALLENGE.test(challenge)
    ? challenge
    : undefined;
};

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({ secret: ctx.properties["secret"], header: "x-dropbox-signature" });

export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const challenge = challengeOf(event);
  return challenge !== undefined && ctx.properties["secret"]
    ? {
        status: 200,
        headers: { "content-type": "text/plain", "x-content-type-options": "nosniff" },
        body: challenge,
      }
    : undefined;
};

/** The first key is `list_folder`. `delta`, its older form, comes after it. */
export const eventType = (event: WebhookEvent): string | undefined =>
  Object.keys(Object(event.payload))[0];
