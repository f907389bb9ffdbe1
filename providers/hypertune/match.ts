/** Hypertune sends only the signature in a header. Everything else is in the signed body. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** A message without a signature matches too and is refused. Otherwise a forger could leave the signature out. */
export default (event: WebhookEvent): boolean =>
  event.headers["x-hypertune-signature"] !== undefined || hasItsShape(Object(event.payload));

const hasItsShape = ({ type, project, user }: Record<string, unknown>): boolean =>
  typeof type === "string" &&
  typeof Object(project).id === "string" &&
  typeof Object(user).displayName === "string";

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({ secret: ctx.properties["secret"], header: "x-hypertune-signature" });

export const deliveryId = (event: WebhookEvent): string | undefined => text(event, "id");

export const eventType = (event: WebhookEvent): string | undefined => text(event, "type");

/** A text of the payload, which may be any JSON or none. */
function text(event: WebhookEvent, key: string): string | undefined {
  const value: unknown = Object(event.payload)[key];
  return typeof value === "string" ? value : undefined;
}
