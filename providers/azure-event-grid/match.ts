/** Azure Event Grid in its own schema: a list of events, vouched for by a token of the operator. */
import type { MatchContext, WebhookEvent } from "hookyard";

const HEADER = "x-hookyard-token";

export default (event: WebhookEvent): boolean => event.headers["aeg-event-type"] !== undefined;

export const verify = (event: WebhookEvent, ctx: MatchContext) => {
  const secret = ctx.properties["token"];
  return event.headers[HEADER] === undefined
    ? ctx.verify.token({ secret, value: event.query["token"] })
    : ctx.verify.token({ secret, header: HEADER });
};

const firstOf = ({ payload }: WebhookEvent) => Object([payload].flat()[0]);

/** The address in the question is not called: whoever asks could choose it. */
export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { eventType: type, data } = firstOf(event);
  const { validationCode: code } = Object(data);
  const isQuestion = type === "Microsoft.EventGrid.SubscriptionValidationEvent";
  return isQuestion && typeof code === "string" && code.length <= 200 && verify(event, ctx).ok
    ? { status: 200, body: { validationResponse: code } }
    : undefined;
};

/** Of a batch none is named: its events come in other batches when it is sent again. */
export const deliveryId = (event: WebhookEvent): string | undefined => {
  const { id } = firstOf(event);
  return [event.payload].flat().length === 1 && typeof id === "string" ? id : undefined;
};

export const eventType = (event: WebhookEvent): string | undefined => {
  const { eventType: schemaType, type } = firstOf(event);
  return [schemaType, type].find((name) => typeof name === "string");
};
