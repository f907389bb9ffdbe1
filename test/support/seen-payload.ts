/** Sends bodies with any header lines, and returns the payloads that a match script and a function see. */
import { createHmac } from "node:crypto";
import { request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { SharedApp } from "./shared-app.ts";
import type { TestApp } from "./test-app.ts";

const KEY = "a key";

const MATCH = `export default (event, ctx) => {
  ctx.log.info(JSON.stringify({ payload: event.payload, contentType: event.contentType }));
  return true;
};`;
/** Files are shown with their bytes. */
const SHOW = `const shown = (value) => value?.bytes instanceof Uint8Array ? { ...value, bytes: [...value.bytes].slice(0, 300) }
  : Array.isArray(value) ? value.map(shown) : value;
export default (event, ctx) => ({
  payload: typeof event.payload === "object" && !Array.isArray(event.payload) ? Object.fromEntries(Object.entries(event.payload).map(([key, value]) => [key, shown(value)])) : event.payload,
  plain: event.payload, query: event.query, contentType: event.contentType,
  mac: ctx.crypto.hmac("sha256", "${KEY}", event.rawBody),
});`;

/** Call this while tests are collected. */
export function payloadApp(): () => Promise<TestApp> {
  const shared = new SharedApp();
  return () => shared.with(SCRIPTS);
}

const FLEX = `const file = PAYLOAD.get("f");
return [PAYLOAD.get("get"), file.get("filename"), file.size, file.bytes.length, file.get("bytes").at(-1), PAYLOAD, { ...file }.bytes.length];`;
/** Keeps a file for the next run. */
const LATE = `let kept;
export default ({ payload }) => {
  let error;
  const isFirst = kept === undefined;
  try { kept?.bytes; } catch (thrown) { error = thrown.message; }
  kept = payload.f;
  return [error, isFirst ? null : structuredClone(payload.f).bytes.length];
};`;

const SCRIPTS = {
  providers: { any: { json: { priority: 1 }, script: MATCH } },
  functions: {
    show: { json: { provider: "any", uri: "in" }, script: SHOW },
    flex: { json: { provider: "any", uri: "flex" }, script: FLEX },
    late: { json: { provider: "any", uri: "late" }, script: LATE },
  },
};

export interface SeenPayloads {
  readonly payload: unknown;
  /** The value after a round trip through JSON. */
  readonly plain: unknown;
  readonly query: unknown;
  readonly contentType: string;
  /** The payload in the match script's log line, which must not be cut. */
  readonly inMatch: () => { readonly payload: unknown; readonly contentType: string };
}

export type Types = string | readonly string[];

/** Several types are sent as several header lines. */
export async function sendPayload(
  app: TestApp,
  body: string | Buffer,
  types: Types,
  query = "",
): Promise<SeenPayloads> {
  const lines = [types].flat().flatMap((type) => ["content-type", type]);
  const bytes = Buffer.from(body);
  const headers = ["host", "x", "content-length", String(bytes.length), ...lines];
  const answer = await new Promise<string>((resolve, reject) => {
    const url = `${app.url}/webhooks/v1/in${query}`;
    const sending = httpRequest(url, { method: "POST", headers }, (response) => {
      void text(response).then(resolve, reject);
    });
    sending.on("error", reject).end(bytes);
  });
  const view = await app.ended(JSON.parse(answer).messageId);
  const [execution] = view.executions;
  expect(execution?.error).toBeNull();
  const seen = execution?.result as SeenPayloads & { mac: string };
  expect(seen.mac).toBe(createHmac("sha256", KEY).update(bytes).digest("hex"));
  const logged = view.trace[0]?.logs?.[0]?.text ?? "null";
  return { ...seen, inMatch: () => JSON.parse(logged) };
}
