/** CloudEvents in binary or structured form, authorized as the CloudEvents webhook specification says. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean =>
  isValidation(event) ||
  event.headers["ce-specversion"] !== undefined ||
  /^application\/cloudevents(?:-batch)?\+json\b/i.test(event.contentType ?? "");

const isValidation = ({ method, headers }: WebhookEvent): boolean =>
  method === "OPTIONS" && headers["webhook-request-origin"] !== undefined;

export const verify = (event: WebhookEvent, ctx: MatchContext) => {
  const secret = ctx.properties["token"];
  return event.headers["authorization"] === undefined
    ? ctx.verify.token({ secret, value: event.query["access_token"] })
    : ctx.verify.token({ secret, header: "authorization", prefix: "Bearer " });
};

export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { origin } = ctx.properties;
  const { "webhook-request-origin": requestOrigin, "webhook-request-rate": rate } = event.headers;
  if (!isValidation(event) || !origin || requestOrigin !== origin) return undefined;
  const allowedRate = rate === undefined ? {} : { "webhook-allowed-rate": allowedRateOf(rate) };
  return {
    status: 200,
    headers: { "webhook-allowed-origin": origin, ...allowedRate, allow: "POST" },
  };
};

/** Requests per minute. Any rate is allowed, so a valid one is repeated; `*` is no limit. */
const allowedRateOf = (rate: string): string => (/^[1-9]\d{0,9}$/.test(rate) ? rate : "*");

/** An attribute, in a header or in the body. */
const attribute = (event: WebhookEvent, name: string): string | undefined => {
  const header = event.headers[`ce-${name}`];
  if (header !== undefined) return percentDecoded(unquoted(header));
  const value: unknown = Object(singleOf(event))[name];
  return typeof value === "string" ? value : undefined;
};

/** A batch of exactly one event is this event; larger ones have no type and no id of their own. */
const singleOf = ({ payload }: WebhookEvent): unknown =>
  Array.isArray(payload) && payload.length === 1 ? payload[0] : payload;

const unquoted = (header: string): string =>
  /^".*"$/s.test(header) ? header.slice(1, -1).replace(/\\(.)/gs, "$1") : header;

/** One round. Bytes that are not UTF-8 become U+FFFD, and a sign that begins no escape stays as it is. */
const percentDecoded = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Uint8Array.from(escapes.slice(1).split("%"), (hex) => Number.parseInt(hex, 16)),
    ),
  );

/** Ids are unique within their source only. */
export const deliveryId = (event: WebhookEvent): string | undefined => {
  const [source, id] = [attribute(event, "source"), attribute(event, "id")];
  return source && id ? `${source} ${id}` : undefined;
};

export const eventType = (event: WebhookEvent): string | undefined => attribute(event, "type");
