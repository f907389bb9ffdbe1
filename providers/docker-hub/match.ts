/** Docker Hub does not sign and sends no header of its own, so a token in the address proves the sender. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => hasItsShape(Object(event.payload));

const hasItsShape = ({ push_data: push, repository }: Record<string, unknown>): boolean =>
  typeof Object(push).pusher === "string" && typeof Object(repository).repo_name === "string";

/** The `callback_url` in the body is never called: a forger could choose the address. */
export const verify = (event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.token({ secret: ctx.properties["token"], value: event.query["token"] });

/** Deliveries have no id. The body holds the time of the push, so equal bodies are the same delivery. */
export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string =>
  ctx.crypto.hash("sha256", event.rawBody);

/** Docker Hub sends only this event. */
export const eventType = (): string => "push";
