/** CloudEvents in binary or structured form, authorized as the CloudEvents webhook specification says. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean =>
  isQuestion(event) ||
  event.headers["ce-specversion"] !== undefined ||
  /^application\/cloudevents(?:-batch)?\+json\b/i.test(event.contentType ?? "");

const isQuestion = ({ method, headers }: WebhookEvent): boolean =>
  method === "OPTIONS" && headers["webhook-request-origin"] !== undefined;

export const verify = (event: WebhookEvent, ctx: MatchContext) => {
  const secret = ctx.properties["token"];
  return event.headers["authorization"] === undefined
    ? ctx.verify.token({ secret, value: event.query["access_token"] })
    : ctx.verify.token({ secret, header: "authorization", prefix: "Bearer " });
};

export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { origin } = ctx.properties;
  return isQuestion(event) && origin && event.headers["webhook-request-origin"] === origin
    ? { status: 200, headers: { "webhook-allowed-origin": origin, allow: "POST" } }
    : undefined;
};

/** An attribute, in a header or in the body. */
const attribute = ({ headers, payload }: WebhookEvent, name: string): string | undefined => {
  const value: unknown = headers[`ce-${name}`] ?? Object(payload)[name];
  return typeof value === "string" ? value : undefined;
};

/** Ids are unique within their source only. */
export const deliveryId = (event: WebhookEvent): string | undefined => {
  const [source, id] = [attribute(event, "source"), attribute(event, "id")];
  return source && id ? `${source} ${id}` : undefined;
};

export const eventType = (event: WebhookEvent): string | undefined => attribute(event, "type");
