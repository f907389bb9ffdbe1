/** Azure DevOps does not sign. The shape of the body identifies it, and a password or a header proves it. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => hasItsShape(Object(event.payload));

const hasItsShape = (body: Record<string, unknown>): boolean =>
  ["eventType", "publisherId", "resourceVersion"].every((key) => typeof body[key] === "string") &&
  typeof body["resourceContainers"] === "object";

export const verify = (_event: WebhookEvent, ctx: MatchContext) => {
  const { username, password, token, tokenHeader } = ctx.properties;
  return token
    ? ctx.verify.token({ secret: token, header: tokenHeader || "x-hookyard-token" })
    : ctx.verify.basic({ username, password });
};

/**
 * Each subscription numbers its own notifications; some carry only an id. Test notifications of a subscription that is
 * not saved yet have a subscription id of zeros and all the same number and id, so they are never duplicates.
 */
export const deliveryId = (event: WebhookEvent): string | undefined => {
  const { subscriptionId, notificationId, id } = Object(event.payload);
  if (/^[{(]?[0-]+[)}]?$/.test(String(subscriptionId))) return undefined;
  const parts = [subscriptionId, notificationId, id].filter((part) =>
    ["string", "number"].includes(typeof part),
  );
  return parts.length > 0 ? parts.join("/") : undefined;
};

export const eventType = (event: WebhookEvent): string | undefined => {
  const { eventType: type } = Object(event.payload);
  return typeof type === "string" ? type : undefined;
};
