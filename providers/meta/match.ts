/**
 * Meta's signature header is also GitHub's, so the body must have Meta's shape. Meta validates the address by a GET
 * request.
 */
import type { MatchContext, WebhookEvent } from "hookyard";

const SIGNATURE = "x-hub-signature-256";

export default (event: WebhookEvent): boolean => isValidation(event) || isNotification(event);

const isValidation = ({ method, query }: WebhookEvent): boolean =>
  method === "GET" && query["hub.mode"] === "subscribe";

const isNotification = (event: WebhookEvent): boolean => {
  const { headers } = event;
  if (headers[SIGNATURE] === undefined || headers["x-github-event"] !== undefined) return false;
  const { object, entry } = Object(event.payload);
  return typeof object === "string" && Array.isArray(entry);
};

/** Meta documents that it signs JSON with all non-ASCII characters escaped, whatever form it sends. */
export const verify = (event: WebhookEvent, ctx: MatchContext) => {
  const { secret } = ctx.properties;
  const options = { secret, header: SIGNATURE, prefix: "sha256=" };
  const asSent = ctx.verify.hmac(options);
  // Checked last, because it takes time for a large body.
  return asSent.ok || !/[^\0-\x7f]/.test(event.rawBody)
    ? asSent
    : ctx.verify.hmac({ ...options, content: "{asciiBody}" });
};

export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { verifyToken } = ctx.properties;
  if (!isValidation(event) || !verifyToken) return undefined;
  const { "hub.verify_token": value, "hub.challenge": challenge } = event.query;
  const isRight = ctx.verify.token({ secret: verifyToken, value }).ok;
  if (!isRight || typeof challenge !== "string" || !/^[\w.~-]{1,200}$/.test(challenge)) {
    return { status: 403 };
  }
  return {
    status: 200,
    headers: { "content-type": "text/plain", "x-content-type-options": "nosniff" },
    body: challenge,
  };
};

/** A delivery has no id. Each entry has its time, so equal bodies are the same delivery. */
export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string =>
  ctx.crypto.hash("sha256", event.rawBody);

export const eventType = (event: WebhookEvent): string | undefined => {
  const { object } = Object(event.payload);
  return typeof object === "string" ? object : undefined;
};
