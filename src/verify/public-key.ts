/** Reads public keys in the formats that senders publish; undefined for an invalid one. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { base64KeyBytes, hexBytes } from "./encoding.ts";
import { memoize } from "./memoize.ts";

/** The SPKI header of a raw Ed25519 key of 32 bytes: `node:crypto` imports only SPKI. */
const ED25519_SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

export function ed25519Key(raw: Buffer | undefined): KeyObject | undefined {
  return raw?.length === 32 ? spkiKey(Buffer.concat([ED25519_SPKI_HEAD, raw])) : undefined;
}

export const ed25519HexKey = memoize((hex) => ed25519Key(hexBytes(hex)));

/** Base64 of the SPKI form of a P-256 key. */
export const p256Key = memoize((base64) => {
  const key = spkiKey(base64KeyBytes(base64));
  return key !== undefined && isP256(key) ? key : undefined;
});

export const pemKey = memoize((pem) => {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
});

export const isP256 = (key: KeyObject): boolean =>
  key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";

function spkiKey(der: Buffer | undefined): KeyObject | undefined {
  if (der === undefined) return undefined;
  try {
    return createPublicKey({ key: der, format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}
