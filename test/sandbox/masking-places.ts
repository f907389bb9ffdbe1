/** A server whose scripts put a secret and a signature at each place around each cut. */
import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, beforeAll } from "vitest";
import { idIn, type MessageView, startTestApp, type TestApp } from "../support/test-app.ts";

export const SECRET = 'Kq7"Zw\n🎉Xj\\Vb9\u0001界Ng4-Lt8Pm3';
/** The secret of a header whose name does not mark it as secret. The script verifies with it. */
export const PROOF = "QwZxRtVbNmKjHgSpLsWzYtUk";
export const PLACES = Array.from({ length: 44 }, (_, index) => index - 40);

const TEXTS = `
const at = (event, cut, text) => "-".repeat(Math.max(0, cut + event.payload.place)) + text + "-".repeat(40);
const pick = (event, ctx) => event.payload.what === "proof" ? event.headers["x-acme-sig"] : ctx.properties.key;
`;
const MATCH = `${TEXTS}
export default (event, ctx) => {
  if (event.payload.step === "throws") throw new Error(at(event, 8192, pick(event, ctx)));
  if (event.payload.step === "warns") return at(event, 160, pick(event, ctx));
  console.log(at(event, 8000, pick(event, ctx)));
  return true;
};
export const verify = (event, ctx) => {
  ctx.verify.hmac({ secret: "another", header: "X-Acme-Sig" });
  return { ok: false, reason: at(event, 200, pick(event, ctx)) };
};
export const deliveryId = (event, ctx) => at(event, 200, pick(event, ctx));
export const eventType = (event, ctx) => at(event, 200, pick(event, ctx));
`;
const FUNCTION = `${TEXTS}
export default async (event, ctx) => {
  const text = (cut) => at(event, cut, pick(event, ctx));
  ctx.log.info(text(8192));
  ctx.log.info(text(32768), pick(event, ctx));
  ctx.log.info({ [text(10)]: JSON.stringify([text(20)]) });
  ctx.log.warn(new Error(text(8192)));
  ctx.setMessage(text(500));
  switch (event.payload.step) {
    case "skips": return ctx.skip(text(500));
    case "throws": throw Object.assign(new TypeError(text(8192)), { name: text(256) });
    case "fatal": throw new ctx.Fatal(text(8192));
    case "named": { const one = { [text(8192)]() { throw new Error("x"); } }; return one[text(8192)](); }
    case "parses": return JSON.parse('"' + pick(event, ctx));
    case "asks": return ctx.http.fetch("https://" + pick(event, ctx) + text(200));
    case "keeps": return ctx.kv.increment(text(400), "x");
    case "floats": Promise.reject(new Error(text(8192))); return ctx.sleep(1);
    default:
      if (event.payload.what === "secret") ctx.respond({ headers: { "x-a": encodeURIComponent(text(10)) }, body: text(200) });
      return event.payload.what === "secret" ? { [text(3)]: text(3) } : 1;
  }
};
`;
const STEPS = ["returns", "skips", "throws", "fatal", "named", "parses", "asks", "keeps", "floats"];

export let app: TestApp;
export let logged = "";

/** Call this while tests are collected. The tests of a file share a server, and its log is collected. */
export function useServer(): void {
  beforeAll(async () => {
    const sink = new Writable({
      write: (chunk, _, done) => {
        logged += String(chunk);
        done();
      },
    });
    app = await startTestApp({
      providers: {
        acme: {
          json: {
            priority: 1,
            verification: "report",
            properties: [{ name: "key", secret: true, env: "ACME_KEY" }],
          },
          script: MATCH,
        },
      },
      functions: { f: { json: { provider: "acme", uri: "x", logKb: 256 }, script: FUNCTION } },
      environment: { ACME_KEY: SECRET },
      log: pino({ level: "trace" }, sink),
    });
  }, 60_000);
  afterAll(() => app[Symbol.asyncDispose]());
}

/** Starts another server on the same database, without anything in memory. */
export async function restart(): Promise<void> {
  const { folder } = app;
  await app.app[Symbol.asyncDispose]();
  app = await startTestApp({ folder, environment: { ACME_KEY: SECRET } });
}

/** All texts of the value, keys included. */
export function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [key, ...textsOf(one)]);
}

function partsOf(secret: string): readonly string[] {
  const points = [...secret];
  return points.slice(3).map((_, at) => points.slice(at, at + 4).join(""));
}

export function expectNothingOf(secret: string, texts: readonly string[], where: string): void {
  const parts = partsOf(secret);
  for (const text of texts)
    for (const part of parts)
      if (text.includes(part))
        throw new Error(
          `${where}: ${JSON.stringify(part)} is in ${JSON.stringify(text.slice(-200))}`,
        );
}

export const bodyOf = (what: string, place: number, step: string) =>
  JSON.stringify({ what, place, step });
export const headers = { "x-acme-sig": PROOF };

/** The message without its headers, which are shown to tokens that may read them. */
export const shown = ({ headers: _, ...view }: MessageView) => textsOf(view);

async function seen(what: string, place: number, step: string): Promise<MessageView> {
  const body = bodyOf(what, place, step);
  const id = await idIn(await app.send("x", { method: "POST", headers, body }));
  return await app.ended(id);
}

/** Fails if a message shows part of the secret: each step at every third place, each place with three steps. */
export async function expectNothingShown(
  what: string,
  secret: string,
  places: readonly number[],
): Promise<void> {
  for (const [index, place] of places.entries()) {
    const steps = STEPS.filter((_, at) => at % 3 === index % 3);
    const views = await Promise.all(steps.map((step) => seen(what, place, step)));
    for (const [at, view] of views.entries())
      expectNothingOf(secret, shown(view), `${steps[at]} at ${place}`);
  }
}

export const SECRETS = [
  ["secret", SECRET],
  ["proof", PROOF],
] as const;
