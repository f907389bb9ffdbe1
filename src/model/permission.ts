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

/** Whoever makes a call: a token by its name. */
export interface Caller {
  readonly name: string;
  readonly permissions: ReadonlySet<Permission>;
}

export const may = ({ permissions }: Caller, permission: Permission): boolean =>
  permissions.has(permission) || permissions.has("admin");
