/** Microsoft Graph does not sign: each notification repeats the secret of its subscription. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** The application of Graph's change notifications, in every tenant. */
const PUBLISHER = "0bf30f3b-4a52-48df-9a82-234910c4a086";
/** Graph sends one token for each application and tenant. */
const MAX_TOKENS = 10;

export default (event: WebhookEvent): boolean =>
  isValidation(event) || itemsOf(event.payload).length > 0;

const isValidation = ({ method, query }: WebhookEvent): boolean =>
  method === "POST" && typeof query["validationToken"] === "string";

/** The notifications of a payload; none if one of them is invalid. */
const itemsOf = (payload: unknown): readonly Record<string, unknown>[] => {
  const { value } = Object(payload);
  const items = Array.isArray(value) ? value.map(Object) : [];
  return items.every(({ subscriptionId }) => typeof subscriptionId === "string") ? items : [];
};

/**
 * One notification with another state makes the whole message invalid, and so does one token. The payload of a large
 * batch is an excerpt. The whole is parsed only if the excerpt is valid, so that a forger cannot have megabytes parsed.
 */
export const verify = (event: WebhookEvent, ctx: MatchContext) => {
  const verdict = verifyStates(event.payload, ctx);
  if (!verdict.ok) return verdict;
  if (!event.payloadTruncated) return verifyTokens(event.payload, ctx);
  const whole: unknown = JSON.parse(event.rawBody);
  const states = verifyStates(whole, ctx);
  return states.ok ? verifyTokens(whole, ctx) : states;
};

const verifyStates = (payload: unknown, ctx: MatchContext) => {
  const { clientState: secret } = ctx.properties;
  const verdicts = itemsOf(payload).map(({ clientState }) =>
    ctx.verify.token({ secret, value: clientState }),
  );
  const none = {
    ok: false,
    reason: secret ? "there is no notification" : "no secret is configured",
  };
  return verdicts.find(({ ok }) => !ok) ?? verdicts[0] ?? none;
};

const verifyTokens = (payload: unknown, ctx: MatchContext) => {
  const { entraKeys } = ctx.properties;
  const verdicts = entraKeys ? verifyEntra(payload, ctx, entraKeys) : [];
  return verdicts.find(({ ok }) => !ok) ?? verdicts[0] ?? { ok: true };
};

const verifyEntra = (payload: unknown, ctx: MatchContext, entraKeys: string) => {
  const { tenant, audience } = ctx.properties;
  if (!tenant || !audience)
    return [{ ok: false, reason: "tenant and audience are not configured" }];
  const { validationTokens } = Object(payload);
  const tokens = Array.isArray(validationTokens) ? validationTokens : [];
  if (tokens.length === 0 || tokens.length > MAX_TOKENS)
    return [{ ok: false, reason: `from 1 to ${MAX_TOKENS} validationTokens were expected` }];
  const options = { publicKey: keysIn(entraKeys), algorithms: ["RS256"], audience } as const;
  return tokens.map((value: unknown) => {
    const verdicts = issuersOf(tenant).map((issuer) =>
      ctx.verify.jwt({ ...options, value, issuer }),
    );
    const verdict = verdicts.find(({ ok }) => ok) ?? verdicts[0] ?? { ok: false };
    return verdict.ok && !isPublishers(String(value))
      ? { ok: false, reason: "a validation token was made for another application than Graph" }
      : verdict;
  });
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
 * Any application in the tenant can request a token for the audience, so the token must be one of Graph's own
 * application.
 */
const isPublishers = (token: string): boolean => {
  const [, payload = ""] = token.split(".");
  const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
  return (claims.appid ?? claims.azp) === PUBLISHER;
};

export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { validationToken: token } = event.query;
  return isValidation(event) && ctx.properties["clientState"] && String(token).length <= 1000
    ? {
        status: 200,
        headers: { "content-type": "text/plain", "x-content-type-options": "nosniff" },
        body: String(token),
      }
    : undefined;
};

/** A delivery has no id. Two changes differ in time or tag, so equal bodies are the same delivery. */
export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string =>
  ctx.crypto.hash("sha256", event.rawBody);

export const eventType = (event: WebhookEvent): string | undefined => {
  const type = itemsOf(event.payload)[0]?.["changeType"];
  return typeof type === "string" ? type : undefined;
};
