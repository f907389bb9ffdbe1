/** Reads an HTTP request into a message: the exact bytes, and the headers as received, within the limit. */
import type { IncomingMessage } from "node:http";
import { Pieces } from "../decoding/pieces.ts";
import { causedBy, HookyardError } from "../errors.ts";
import { type HeaderList, headerValue, type Message } from "../model/message.ts";
import { newMessageId } from "../model/message-id.ts";
import { withoutSession } from "../model/session.ts";
import { uriSegments } from "../model/uri.ts";
import type { Upload } from "../overload/upload.ts";

export interface ReadOptions {
  readonly basePath: string;
  readonly maxBodyBytes: number;
  readonly remoteAddress: string;
  readonly upload: Upload;
  readonly now: () => number;
}

/**
 * How long the rest of a body that is too large is read and discarded. Closing at once would lose the answer while the
 * sender still writes.
 */
const DISCARD_MS = 5000;

/** Throws `malformed_path`, `body_too_large`, `incomplete_body`, `upload_too_slow` or `overloaded`. */
export async function readMessage(
  request: IncomingMessage & { readonly originalUrl: string },
  options: ReadOptions,
): Promise<Message> {
  const receivedAt = options.now();
  const [path = "", ...query] = withoutOrigin(request.originalUrl).split("?");
  const segments = uriSegments(path.slice(options.basePath.length));
  if (segments === undefined) {
    throw new HookyardError(
      "malformed_path",
      `the path ${JSON.stringify(path.slice(0, 200))} has a malformed percent escape; escapes are %XX of UTF-8 bytes`,
    );
  }
  const headers = headerList(request.rawHeaders);
  const body = await readBody(request, options);
  return {
    id: newMessageId(receivedAt),
    receivedAt,
    method: request.method ?? "GET",
    uri: segments.join("/"),
    basePath: options.basePath,
    path,
    queryString: query.join("?"),
    headers,
    body,
    remoteAddress: options.remoteAddress,
    sync: asksForSync(headers),
  };
}

/** A request line may hold a whole URL (RFC 9112, absolute form). */
function withoutOrigin(target: string): string {
  return target.replace(/^https?:\/\/[^/?]*/i, "") || "/";
}

function headerList(raw: readonly string[]): HeaderList {
  const list: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = "", value = ""] = [raw[index], raw[index + 1]];
    const shown = /^cookie$/i.test(name) ? withoutSession(value) : value;
    if (shown !== undefined) list.push([name, shown]);
  }
  return list;
}

/** FlexDeploy's rule: `true` in any letter case; `TeamsTask` is what its Teams cards send. */
function asksForSync(headers: HeaderList): boolean {
  const value = headerValue(headers, "flex-sync-webhook")?.toLowerCase();
  return value === "true" || value === "teamstask";
}

function readBody(
  request: IncomingMessage,
  { maxBodyBytes: maxBytes, upload }: ReadOptions,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces = new Pieces();
  let isDiscarded = false;
  let isTooLarge = false;
  const refuse = () => reject(bodyTooLarge(maxBytes));
  const discard = () => {
    isDiscarded = true;
    pieces.clear();
    upload.complete();
    upload.free();
  };
  const giveUp = (reason: HookyardError) => {
    discard();
    reject(reason);
  };
  const discardAsTooLarge = () => {
    isTooLarge = true;
    discard();
    setTimeout(refuse, DISCARD_MS).unref();
  };
  upload.onEvicted(giveUp);
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) discardAsTooLarge();
  request.on("data", (chunk: Buffer) => {
    if (isDiscarded) return;
    const refused = upload.received(chunk.length);
    if (refused !== undefined) {
      giveUp(refused);
      return;
    }
    pieces.add(chunk);
    if (pieces.size > maxBytes) discardAsTooLarge();
  });
  request.on("end", () => {
    upload.complete();
    if (isTooLarge) refuse();
    else resolve(pieces.finish());
    // The listener keeps the pieces alive until the request is answered, so clear them now.
    pieces.clear();
  });
  request.on("close", () => {
    if (request.complete) return;
    const detail = "the connection ended before the body did; nothing was stored";
    reject(new HookyardError("incomplete_body", detail));
  });
  request.on("error", (cause) =>
    reject(causedBy(cause, "incomplete_body", "the body could not be read; nothing was stored")),
  );
  return promise;
}

function bodyTooLarge(maxBytes: number): HookyardError {
  return new HookyardError(
    "body_too_large",
    `the body has more than ${maxBytes} bytes, which is the limit; nothing was stored`,
  );
}
