/** Encryption of one value: AES-256-GCM, a nonce of its own, bound to the property it belongs to. */
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

/** The bytes are inside of Node: whoever prints this sees none of them. */
export interface SecretKey {
  /** Tells keys apart, and says nothing about them. */
  readonly id: string;
  readonly key: KeyObject;
}

export function secretKey(bytes: Buffer): SecretKey {
  const id = createHmac("sha256", bytes).update("hookyard: id of this key").digest("hex");
  return { id: id.slice(0, 16), key: createSecretKey(bytes) };
}

/** Which value it is: one that was moved to another property cannot be opened. */
export interface Place {
  readonly provider: string;
  readonly name: string;
}

/** Nonce, ciphertext, tag. */
export function seal(text: string, place: Place, { key }: SecretKey): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated(place));
  const sealed = [nonce, cipher.update(text, "utf8"), cipher.final()];
  return Buffer.concat([...sealed, cipher.getAuthTag()]);
}

/** Undefined when it was sealed with another key or for another place, or is damaged. */
export function unseal(sealed: Buffer, place: Place, { key }: SecretKey): string | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated(place));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

const associated = ({ provider, name }: Place): Buffer =>
  Buffer.from(JSON.stringify([provider, name]));
