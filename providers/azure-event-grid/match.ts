/** Azure Event Grid in its own schema: a list of events, proved by a token of the operator or of Microsoft Entra. */
import type { MatchContext, WebhookEvent } from "hookyard";

const HEADER = "x-hookyard-token";
/** The application of Event Grid itself, in every tenant. */
const PUBLISHER = "4962773b-9cdb-44cf-a8bf-237846a00ab7";

export default (event: WebhookEvent): boolean => event.headers["aeg-event-type"] !== undefined;

export const verify = (event: WebhookEvent, ctx: MatchContext) => {
  const { token: secret, entraKeys } = ctx.properties;
  if (entraKeys) return verifyEntra(event, ctx, entraKeys);
  return event.headers[HEADER] === undefined
    ? ctx.verify.token({ secret, value: event.query["token"] })
    : ctx.verify.token({ secret, header: HEADER });
};

const verifyEntra = ({ headers }: WebhookEvent, ctx: MatchContext, entraKeys: string) => {
  const { tenant, audience } = ctx.properties;
  if (!tenant || !audience) return { ok: false, reason: "tenant and audience are not configured" };
  const options = { publicKey: keysIn(entraKeys), algorithms: ["RS256"], audience } as const;
  const verdicts = issuersOf(tenant).map((issuer) => ctx.verify.jwt({ ...options, issuer }));
  const verdict = verdicts.find(({ ok }) => ok) ?? verdicts[0] ?? { ok: false };
  return verdict.ok && !isPublishers(headers["authorization"] ?? "")
    ? { ok: false, reason: "the token was made for another application than Event Grid" }
    : verdict;
};

/** Several keys in one text, so that keys can be rotated. */
const keysIn = (pem: string): readonly string[] =>
  pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];

/** Both forms of tokens name the tenant in their issuer. */
const issuersOf = (tenant: string): readonly string[] => [
  `https://sts.windows.net/${tenant}/`,
  `https://login.microsoftonline.com/${tenant}/v2.0`,
];

/**
 * Any application in the tenant can request a token for the audience, so the token must be one of Event Grid's own
 * application.
 */
const isPublishers = (token: string): boolean => {
  const [, payload = ""] = token.split(".");
  const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
  return (claims.appid ?? claims.azp) === PUBLISHER;
};

const firstOf = ({ payload }: WebhookEvent) => Object([payload].flat()[0]);

/** The URL in the validation request is not called: a forger could choose it. */
export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { eventType: type, data } = firstOf(event);
  const { validationCode: code } = Object(data);
  const isValidation = type === "Microsoft.EventGrid.SubscriptionValidationEvent";
  return isValidation && typeof code === "string" && code.length <= 200 && verify(event, ctx).ok
    ? { status: 200, body: { validationResponse: code } }
    : undefined;
};

/** A batch has no id: a retry may group its events differently. */
export const deliveryId = (event: WebhookEvent): string | undefined => {
  const { id } = firstOf(event);
  return [event.payload].flat().length === 1 && typeof id === "string" ? id : undefined;
};

export const eventType = (event: WebhookEvent): string | undefined => {
  const { eventType: schemaType, type } = firstOf(event);
  return [schemaType, type].find((name) => typeof name === "string");
};
