/** Encrypts one value: AES-256-GCM with its own nonce, bound to its property. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from "node:crypto";

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The key bytes stay inside Node's KeyObject, so that logging this value cannot reveal them. */
export interface SecretKey {
  /** Identifies the key without revealing anything about it. */
  readonly id: string;
  readonly key: KeyObject;
}

export function secretKey(bytes: Buffer): SecretKey {
  const id = createHmac("sha256", bytes).update("hookyard: id of this key").digest("hex");
  return { id: id.slice(0, 16), key: createSecretKey(bytes) };
}

/** The property of a value. A value that was moved to another property cannot be decrypted. */
export interface PropertyRef {
  readonly provider: string;
  readonly name: string;
}

/** Returns nonce, ciphertext and tag. */
export function seal(text: string, property: PropertyRef, { key }: SecretKey): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated(property));
  const sealed = [nonce, cipher.update(text, "utf8"), cipher.final()];
  return Buffer.concat([...sealed, cipher.getAuthTag()]);
}

/** Undefined when the value was sealed with another key or for another property, or is damaged. */
export function unseal(
  sealed: Buffer,
  property: PropertyRef,
  { key }: SecretKey,
): string | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated(property));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

const associated = ({ provider, name }: PropertyRef): Buffer =>
  Buffer.from(JSON.stringify([provider, name]));
