/** Sign-in with an identity provider by OpenID Connect: the settings, and what a user's claims allow. */
import { PERMISSIONS, type Permission } from "./permission.ts";

/** The permissions that a user gets, by claim and by the value of the claim. The value `*` stands for any. */
export type PermissionMap = Readonly<
  Record<string, Readonly<Record<string, readonly Permission[]>>>
>;

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly permissions: PermissionMap;
  /** Separated by spaces. */
  readonly scopes: string;
  /** The claim with the name of a user; by default the verified email address, or `sub`. */
  readonly nameClaim: string | undefined;
}

/** What the identity provider says of a user. */
export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string };

/** All permissions that any of the claims allows. */
export function permissionsOf(claims: Claims, map: PermissionMap): readonly Permission[] {
  const allowed = Object.entries(map).flatMap(([claim, byValue]) => {
    const values = trustedValues(claims, claim);
    const fits = (value: string) => (value === "*" ? values.length > 0 : values.includes(value));
    return Object.entries(byValue).flatMap(([value, all]) => (fits(value) ? all : []));
  });
  return PERMISSIONS.filter((one) => allowed.includes(one));
}

const MAX_NAME = 100;

export function nameOf(claims: Claims, nameClaim: string | undefined): string {
  const [name = claims.sub] = trustedValues(claims, nameClaim ?? "email");
  return name.slice(0, MAX_NAME);
}

/** The texts, numbers and booleans in a claim. Anyone can write any address into an email claim that is not verified. */
function trustedValues(claims: Claims, claim: string): readonly string[] {
  if (claim === "email" && claims["email_verified"] !== true) return [];
  if (!Object.hasOwn(claims, claim)) return [];
  return [claims[claim]].flat().flatMap((one) => {
    const isValue = typeof one === "string" || typeof one === "number" || typeof one === "boolean";
    return isValue && one !== "" ? [String(one)] : [];
  });
}
