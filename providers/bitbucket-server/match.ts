/** Bitbucket Data Center. Proxies add `X-Request-Id` too, so the script of Bitbucket Cloud runs first. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean =>
  isTest(event) ||
  (event.headers["x-event-key"] !== undefined &&
    event.headers["x-request-id"] !== undefined &&
    event.headers["x-hook-uuid"] === undefined);

/** Some releases name no event in the message behind the button "Test connection". `when` bounds its size. */
const isTest = (event: WebhookEvent): boolean => {
  const { headers } = event;
  return headers["x-event-key"] === undefined
    ? event.rawBody === '{"test":true}'
    : headers["x-event-key"] === "diagnostics:ping" && headers["x-hook-uuid"] === undefined;
};

/** The test is not signed: it is answered, and no function runs on it. */
export const handshake = (event: WebhookEvent) => (isTest(event) ? { status: 200 } : undefined);

export const verify = (_event: WebhookEvent, ctx: MatchContext) => {
  const { secret, username, password } = ctx.properties;
  return secret || !password
    ? ctx.verify.hmac({ secret, header: "x-hub-signature", prefix: "sha256=" })
    : ctx.verify.basic({ username, password });
};

export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers["x-request-id"];

export const eventType = ({ headers, payload }: WebhookEvent): string | undefined => {
  const { eventKey } = Object(payload);
  return typeof eventKey === "string" ? eventKey : headers["x-event-key"];
};
