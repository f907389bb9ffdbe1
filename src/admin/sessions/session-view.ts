/** A session as callers see it. */
import { z } from "zod";
import { PERMISSIONS } from "../../model/permission.ts";
import { type Session, SIGN_IN_WAYS } from "../../model/session.ts";

const time = z.iso.datetime();

export const sessionSchema = z.object({
  id: z.uuid(),
  name: z.string().describe("The name of the token, or of the user of the identity provider."),
  permissions: z.array(z.enum(PERMISSIONS)).readonly(),
  via: z
    .enum(SIGN_IN_WAYS)
    .describe("How the person signed in: with a token, a one-time link, or OpenID Connect."),
  createdAt: time,
  expiresAt: time.describe("The latest end. Without calls the session ends earlier."),
});

export const listedSessionSchema = sessionSchema.extend({
  lastUsedAt: time,
  remoteAddress: z.string().describe("The address from which the person signed in."),
  userAgent: z.string().describe("What the browser said of itself."),
  current: z.boolean().describe("Whether this call is made with the session."),
});

const iso = (ms: number) => new Date(ms).toISOString();

export const sessionView = (session: Session) => ({
  id: session.id,
  name: session.name,
  permissions: session.permissions,
  via: session.via,
  createdAt: iso(session.createdAt),
  expiresAt: iso(session.expiresAt),
});

export const listedSession = (session: Session, current: string | undefined) => ({
  ...sessionView(session),
  lastUsedAt: iso(session.lastUsedAt),
  remoteAddress: session.remoteAddress,
  userAgent: session.userAgent,
  current: session.id === current,
});
