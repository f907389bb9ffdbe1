/** The realm of a session: the identity provider and the settings that gave its permissions. */
import { createHash } from "node:crypto";
import type { OidcSettings } from "../../../model/oidc.ts";

/** Changes with the issuer, the client and the map of permissions, so that their change ends the sessions. */
export function realmOf({ issuer, clientId, permissions }: OidcSettings): string {
  const settings = JSON.stringify([clientId, permissions]);
  return `${issuer}#${createHash("sha256").update(settings).digest("base64url").slice(0, 16)}`;
}
