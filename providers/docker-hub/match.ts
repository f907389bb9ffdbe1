/** Docker Hub neither signs nor sends a header of its own: a token in the address vouches for it. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => hasItsShape(Object(event.payload));

const hasItsShape = ({ push_data: push, repository }: Record<string, unknown>): boolean =>
  typeof Object(push).pusher === "string" && typeof Object(repository).repo_name === "string";

/** The `callback_url` in the body is never called: whoever sends a message could choose the address. */
export const verify = (event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.token({ secret: ctx.properties["token"], value: event.query["token"] });

/** Nothing names a delivery; the body holds the time of the push, so equal bodies are the same one. */
export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string =>
  ctx.crypto.hash("sha256", event.rawBody);

/** There is no other event. */
export const eventType = (): string => "push";
