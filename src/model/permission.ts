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

/** The token that an API call is made with. */
export interface Caller {
  /** A digest of the token, since another token may get the same name later. It is never shown. */
  readonly id: string;
  readonly name: string;
  readonly permissions: ReadonlySet<Permission>;
}

export const may = ({ permissions }: Caller, permission: Permission): boolean =>
  permissions.has(permission) || permissions.has("admin");
