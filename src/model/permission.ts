/** What a token may do, after FlexDeploy's permissions. */
export const PERMISSIONS = [
  /** Lists, and what became of a message. */
  "messages:read",
  /** Headers and bodies. */
  "messages:details",
  /** What scripts logged. */
  "messages:logs",
  "messages:resubmit",
  "scripts:read",
  "scripts:write",
  /** Everything, and tokens, secrets and the audit log. */
  "admin",
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** The token a call is made with. */
export interface Caller {
  /** A digest of the token: another token may get the same name later. It is shown nowhere. */
  readonly id: string;
  readonly name: string;
  readonly permissions: ReadonlySet<Permission>;
}

export const may = ({ permissions }: Caller, permission: Permission): boolean =>
  permissions.has(permission) || permissions.has("admin");
