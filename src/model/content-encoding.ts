/** Content encodings: scripts see the decoded body, the log keeps what was received. */
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from "node:zlib";
import { headerValue, type Message } from "./message.ts";

type Decoder = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const tryInflate: Decoder = (bytes, options) =>
  // "deflate" means zlib by the standard, and raw deflate by the habit of some senders.
  promisify(inflate)(bytes, options).catch(() => promisify(inflateRaw)(bytes, options));

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: tryInflate,
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

/** More would be an attack, not a sender. */
const MAX_ENCODINGS = 3;

/**
 * The decoded body; undefined when nothing was encoded, the encoding is unknown, the bytes are not what it says or
 * would decode to more than `maxBytes`: scripts then get the bytes as they came.
 */
export async function decodeBody(message: Message, maxBytes: number): Promise<Buffer | undefined> {
  const header = headerValue(message.headers, "content-encoding");
  if (header === undefined || message.body.length === 0) return undefined;
  const names = header
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const decoders = names
    .filter((name) => name !== "identity" && name !== "")
    .map((name) => DECODERS[name]);
  if (decoders.length === 0 || decoders.length > MAX_ENCODINGS) return undefined;
  let bytes = message.body;
  for (const decode of decoders.reverse()) {
    if (decode === undefined) return undefined;
    try {
      bytes = await decode(bytes, { maxOutputLength: maxBytes });
    } catch {
      return undefined;
    }
  }
  return bytes;
}
