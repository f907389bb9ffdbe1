/** Secrets that callers prove who they are with: new ones, and the digests that are stored in their place. */
import { createHash, randomBytes } from "node:crypto";

export const digestOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** 192 random bits after a prefix that shows what the secret is for. */
export const newSecret = (prefix: string): string =>
  `${prefix}_${randomBytes(24).toString("base64url")}`;
