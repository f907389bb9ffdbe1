/** The entries of the audit log: who did what, when, and the state before and after. Never the value of a secret. */

export const AUDIT_ACTIONS = [
  "token.create",
  /** A start of the server created or set the administrator's token. */
  "token.set",
  "token.delete",
  "session.start",
  "session.end",
  /** A one-time link for a sign-in was created. */
  "session.link",
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
  /** Headers, results or body were shown, or passed to a script on trial. */
  "message.read",
  /** A text search in headers and bodies. */
  "message.search",
  /** A trial of a draft or of an installed script. */
  "test-run.start",
  "backtest.start",
  "backtest.cancel",
  /** The results of a backtest were shown. */
  "backtest.read",
  "problem.mute",
  "problem.unmute",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The name of a token; null for the server and its commands. */
  readonly caller: string | null;
  readonly action: AuditAction;
  /** The object of the action: a name, or the id of a message; `provider/property` for properties. */
  readonly target: string;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
}
