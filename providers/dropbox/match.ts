/** Dropbox says only whose files changed, so equal messages are no duplicates: none is left out. */
import type { MatchContext, WebhookEvent } from "hookyard";

const CHALLENGE = /^[\w-]{1,200}$/;

export default (event: WebhookEvent): boolean =>
  event.headers["x-dropbox-signature"] !== undefined || challengeOf(event) !== undefined;

/** A request with anything else in its query is somebody else's. */
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

/** `list_folder` beside `delta`, its older form. */
export const eventType = (event: WebhookEvent): string | undefined =>
  Object.keys(Object(event.payload))[0];
