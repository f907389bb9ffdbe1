/** Microsoft Graph does not sign: each notification repeats the secret of its subscription. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean =>
  isQuestion(event) || (isSmall(event) && itemsOf(event).length > 0);

const isQuestion = ({ method, query }: WebhookEvent): boolean =>
  method === "POST" && typeof query["validationToken"] === "string";

/** Everybody's messages come by here: the large ones are not worth parsing. */
const isSmall = ({ headers }: WebhookEvent): boolean =>
  Number(headers["content-length"] ?? 0) < 1e6;

/** The notifications, or none when one of them is none. */
const itemsOf = (event: WebhookEvent): readonly Record<string, unknown>[] => {
  const { value } = Object(event.payload);
  const items = Array.isArray(value) ? value.map(Object) : [];
  return items.every(({ subscriptionId }) => typeof subscriptionId === "string") ? items : [];
};

/** One notification with another state spoils them all. */
export const verify = (event: WebhookEvent, ctx: MatchContext) => {
  const secret = ctx.properties["clientState"];
  const verdicts = itemsOf(event).map(({ clientState }) =>
    ctx.verify.token({ secret, value: clientState }),
  );
  const none = {
    ok: false,
    reason: secret ? "there is no notification" : "no secret is configured",
  };
  return verdicts.find(({ ok }) => !ok) ?? verdicts[0] ?? none;
};

export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { validationToken: token } = event.query;
  return isQuestion(event) && ctx.properties["clientState"] && String(token).length <= 1000
    ? {
        status: 200,
        headers: { "content-type": "text/plain", "x-content-type-options": "nosniff" },
        body: String(token),
      }
    : undefined;
};

/** Nothing names a delivery; what changes twice changes in time or tag, so equal bodies are the same one. */
export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string =>
  ctx.crypto.hash("sha256", event.rawBody);

export const eventType = (event: WebhookEvent): string | undefined => {
  const type = itemsOf(event)[0]?.["changeType"];
  return typeof type === "string" ? type : undefined;
};
