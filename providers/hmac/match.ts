/** A sender that signs by HMAC, described by properties alone. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** The provider needs a URI: without one it would match the messages of all senders. */
export default ({ uri }: WebhookEvent, ctx: MatchContext): boolean =>
  uri !== "" && uri === ctx.properties["uri"];

export const verify = (_event: WebhookEvent, ctx: MatchContext) => {
  const { secret, header, prefix, separator, content, timestampKey } = ctx.properties;
  if (!header) return { ok: false, reason: "the property header is not configured" };
  const { algorithm, encoding, secretEncoding } = ctx.properties;
  return ctx.verify.hmac({
    secret,
    header,
    algorithm: oneOf(["sha256", "sha1", "sha384", "sha512"], algorithm),
    encoding: oneOf(["hex", "base64"], encoding),
    secretEncoding: oneOf(["utf8", "hex", "base64"], secretEncoding),
    ...(prefix ? { prefix } : {}),
    ...(separator || timestampKey ? { separator: separator || ",", signatures: "list" } : {}),
    ...(content ? { content } : {}),
    ...timestampOf(ctx.properties),
  });
};

/** The signed time is in a header of its own, or within the signature header. */
function timestampOf(properties: MatchContext["properties"]) {
  const { timestampHeader, timestampKey, timestampUnit, toleranceSeconds } = properties;
  if (!timestampHeader && !timestampKey) return {};
  return {
    timestamp: {
      ...(timestampHeader ? { header: timestampHeader } : {}),
      ...(timestampKey ? { key: timestampKey } : {}),
      unit: oneOf(["seconds", "milliseconds"], timestampUnit),
      ...(toleranceSeconds ? { toleranceSeconds: secondsIn(toleranceSeconds) } : {}),
    },
  };
}

function secondsIn(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new TypeError(`found toleranceSeconds ${JSON.stringify(text)}, expected a whole number`);
}

/** An unset property gets the first known value. */
function oneOf<T extends string>(known: readonly T[], given: string | undefined): T {
  const value = given ? known.find((name) => name === given) : known[0];
  if (value !== undefined) return value;
  throw new TypeError(`found ${JSON.stringify(given)}, expected one of ${known.join(", ")}`);
}

export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string | undefined =>
  event.headers[(ctx.properties["idHeader"] ?? "").toLowerCase()];
