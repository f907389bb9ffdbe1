/** The permissions of a token, modelled on FlexDeploy's. */
export const PERMISSIONS = [
  /** Lists of messages, and their outcomes. */
  "messages:read",
  /** Headers and bodies of messages. */
  "messages:details",
  /** Log lines of scripts. */
  "messages:logs",
  "messages:resubmit",
  "scripts:read",
  "scripts:write",
  /** Everything, including tokens, secrets and the audit log. */
  "admin",
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** The token or session that an API call is made with. */
export interface Caller {
  /**
   * A digest of the token, since another token may get the same name later. It is never shown. All sessions of a token
   * have its id, and all sessions of a user of the identity provider have one id: limits count them together.
   */
  readonly id: string;
  /** The name of the token; `oidc:` and the name for a user of the identity provider, which no token's name can be. */
  readonly name: string;
  readonly permissions: ReadonlySet<Permission>;
  /** The id of the session, if the call is made with one. */
  readonly session?: string;
}

export const may = ({ permissions }: Caller, permission: Permission): boolean =>
  permissions.has(permission) || permissions.has("admin");
