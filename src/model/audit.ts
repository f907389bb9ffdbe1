/** What the audit log holds: who did what, when, and what it was before and after. Never the value of a secret. */

export const AUDIT_ACTIONS = [
  "token.create",
  /** The administrator's token was made or set by a start of the server. */
  "token.set",
  "token.delete",
  "property.set",
  "property.delete",
  "key.rotate",
  "provider.create",
  "provider.change",
  "provider.delete",
  "function.create",
  "function.change",
  "function.delete",
  "message.resubmit",
  /** Its headers, results or body were shown, or handed to a script that is tried. */
  "message.read",
  /** Text was searched for in headers and bodies. */
  "message.search",
  /** A draft, or an installed script, was tried. */
  "test-run.start",
  "backtest.start",
  "backtest.cancel",
  /** What scripts made of messages was shown. */
  "backtest.read",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The name of a token; null for the server and its commands. */
  readonly caller: string | null;
  readonly action: AuditAction;
  /** What it was done to: a name, or the id of a message; `provider/property` for properties. */
  readonly target: string;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
}
