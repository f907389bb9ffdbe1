/** The message that a test run uses: a stored one, or one built from a given request. */
import type { Message } from "../model/message.ts";
import { newMessageId } from "../model/message-id.ts";
import type { Store } from "../store/store.ts";
import { noMessage, wholeId } from "./message-by-id.ts";
import { assertHeaders, assertTarget, bodyBytes } from "./message-parts.ts";
import type { GivenRequest } from "./test-run-schemas.ts";

export interface TriedMessage {
  readonly message: Message;
  /** The results of matching when the message came in. */
  readonly matched?: { readonly eventType: string | null; readonly deliveryId: string | null };
}

const BASE = "/webhooks/v1";

/** A stored message keeps its time of receipt, so signatures are checked as of then. */
export function storedMessage(store: Store, given: string): TriedMessage {
  const id = wholeId(store, given);
  const { row } = store.details(id) ?? noMessage(id);
  const message = store.message(id);
  const { event_type: eventType, delivery_id: deliveryId } = row;
  return { message, ...(row.provider === null ? {} : { matched: { eventType, deliveryId } }) };
}

export function givenMessage(
  request: GivenRequest,
  { now, maxBodyBytes }: { readonly now: () => number; readonly maxBodyBytes: number },
): TriedMessage {
  const receivedAt = now();
  const { method, uri, query, headers, body } = request;
  assertHeaders(headerList(headers), "request.headers");
  assertTarget(uri, "request.uri");
  assertTarget(query, "request.query");
  const isNamed = headerList(headers).some(([name]) => name.toLowerCase() === "content-type");
  const json = typeof body === "string" || isNamed ? [] : [["content-type", "application/json"]];
  const trimmed = uri.replace(/^\/+|\/+$/g, "");
  return {
    message: {
      id: newMessageId(receivedAt),
      receivedAt,
      method,
      uri: trimmed,
      basePath: BASE,
      path: `${BASE}/${trimmed.split("/").map(encodeURIComponent).join("/")}`,
      queryString: query,
      headers: [
        ...headerList(headers),
        ...json.map(([name = "", value = ""]) => [name, value] as const),
      ],
      body: bodyBytes(body, "request.body", maxBodyBytes),
      remoteAddress: "127.0.0.1",
      sync: false,
    },
  };
}

function headerList(
  headers: GivenRequest["headers"],
): readonly (readonly [name: string, value: string])[] {
  if (Array.isArray(headers)) return headers;
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, value] as const),
  );
}
