/** Calibre sends one signature header with an undocumented encoding, and no other header that identifies it. */
import type { MatchContext, WebhookEvent } from "hookyard";

const HEADER = "calibre-hmac-sha256-signature";

/**
 * Also matches a snapshot without a signature, so that verification refuses it: a forger could leave the header out.
 */
export default (event: WebhookEvent): boolean =>
  event.headers[HEADER] !== undefined || isSnapshot(Object(event.payload));

const isSnapshot = (body: Record<string, unknown>): boolean =>
  Array.isArray(body["pages"]) &&
  ["organisation_id", "site_id", "primary_region_id"].every((key) => typeof body[key] === "string");

/** The reason names the encoding, so that the operator can set it. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) => {
  const { secret, encoding: pinned } = ctx.properties;
  const reasons: string[] = [];
  for (const encoding of ["hex", "base64"] as const) {
    if (pinned && pinned !== encoding) continue;
    const { ok, reason } = ctx.verify.hmac({ secret, header: HEADER, encoding });
    if (ok) return { ok, reason: `the signature matched as ${encoding}` };
    reasons.push(`as ${encoding}: ${reason}`);
  }
  return {
    ok: false,
    reason: reasons.join("; ") || "the property encoding is neither hex nor base64",
  };
};

/** The number of a snapshot is unique within its site. Budget messages have no known id. */
export const deliveryId = (event: WebhookEvent): string | undefined => {
  const { organisation_id, site_id, id, status } = Object(event.payload);
  const parts = [organisation_id, site_id, id, status];
  const isWhole = parts.every((part) => typeof part === "string" || typeof part === "number");
  return isWhole && eventType(event) === "snapshot" ? parts.join("/") : undefined;
};

/** Derived from the shape of the body: only the snapshot is documented, budgets are "exceeded", "met" or "at risk". */
export const eventType = (event: WebhookEvent): "snapshot" | "budget" | undefined => {
  const { budget, pages, status } = Object(event.payload);
  if (Array.isArray(pages)) return "snapshot";
  const isBudget = typeof status === "string" && /^(?:exceeded|met|at[ _-]risk)$/i.test(status);
  return isBudget || budget !== undefined ? "budget" : undefined;
};
