/** The same over HTTP: a secret and a signature stand at every place around every cut, and nothing of them is shown anywhere. */
import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { idIn, type MessageView, startTestApp, type TestApp } from "../support/test-app.ts";

const SECRET = 'Kq7"Zw\n🎉Xj\\Vb9\u0001界Ng4-Lt8Pm3';
/** As a header holds it. Its name says nothing: the script verifies with it. */
const PROOF = "QwZxRtVbNmKjHgSpLsWzYtUk";
const PLACES = Array.from({ length: 44 }, (_, index) => index - 40);

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

let app: TestApp;
let logged = "";
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

/** Every text in it, keys included. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [key, ...textsOf(one)]);
}

function partsOf(secret: string): readonly string[] {
  const points = [...secret];
  return points.slice(3).map((_, at) => points.slice(at, at + 4).join(""));
}

function expectNothingOf(secret: string, texts: readonly string[], where: string): void {
  const parts = partsOf(secret);
  for (const text of texts)
    for (const part of parts)
      if (text.includes(part))
        throw new Error(
          `${where}: ${JSON.stringify(part)} is in ${JSON.stringify(text.slice(-200))}`,
        );
}

const bodyOf = (what: string, place: number, step: string) => JSON.stringify({ what, place, step });
const headers = { "x-acme-sig": PROOF };

/** Without the headers of the message, which are shown to those who may see them. */
const shown = ({ headers: _, ...view }: MessageView) => textsOf(view);

async function seen(what: string, place: number, step: string): Promise<MessageView> {
  const body = bodyOf(what, place, step);
  const id = await idIn(await app.send("x", { method: "POST", headers, body }));
  return await app.ended(id);
}

test.each([
  ["secret", SECRET],
  ["proof", PROOF],
])(
  "nothing of a %s is in what messages show, at any place around any cut",
  {
    timeout: 120_000,
  },
  async (what, secret) => {
    for (const [index, place] of PLACES.entries()) {
      // Each step at every third place, and each place with three of them.
      const steps = STEPS.filter((_, at) => at % 3 === index % 3);
      const views = await Promise.all(steps.map((step) => seen(what, place, step)));
      for (const [at, view] of views.entries())
        expectNothingOf(secret, shown(view), `${steps[at]} at ${place}`);
    }
  },
);

test("nothing of either is in the answers to test runs, in lists, or in the server's log", {
  timeout: 60_000,
}, async () => {
  for (const place of PLACES.filter((_, index) => index % 6 === 0))
    for (const [what, secret] of [
      ["secret", SECRET],
      ["proof", PROOF],
    ] as const) {
      for (const step of ["throws", "warns", "returns"]) {
        const request = { headers, body: bodyOf(what, place, step) };
        const drafts = [{ function: "f" }, { provider: "acme" }];
        for (const draft of drafts) {
          const body = JSON.stringify({ ...draft, request });
          const answer = await app.api("/test-runs", { method: "POST", body });
          expect(answer.status).toBe(200);
          expectNothingOf(secret, textsOf(await answer.json()), `test run of ${step} at ${place}`);
        }
      }
    }
  const list = await app.api("/messages?limit=200");
  for (const secret of [SECRET, PROOF]) {
    expectNothingOf(secret, textsOf(await list.clone().json()), "list");
    expectNothingOf(secret, [logged], "log");
  }
  expect(logged).toContain("function failed");
});

test("a header that a script has verified with stays masked after a restart, where nothing is verified", {
  timeout: 60_000,
}, async () => {
  const { folder } = app;
  const id = await idIn(await app.send("x", { headers, body: bodyOf("proof", 0, "returns") }));
  await app.ended(id);
  await app.app[Symbol.asyncDispose]();
  app = await startTestApp({ folder, environment: { ACME_KEY: SECRET } });
  const edited = JSON.stringify({ body: bodyOf("proof", -40, "throws") });
  const again = await app.api(`/messages/${id}/resubmit`, { method: "POST", body: edited });
  const view = await app.ended(await idIn(again));
  expect(view).toMatchObject({ edited: true, verification: null });
  expect(JSON.stringify(view.trace)).toContain("[x-acme-sig]");
  expectNothingOf(PROOF, shown(view), "edited copy");
});

test("deliveries are told apart by all of their ids, also where these are masked or too long", {
  timeout: 60_000,
}, async () => {
  app.writeProvider("aa-ids", {
    json: { priority: 1, dedupe: 1000, verification: "report" },
    script: `export default (event) => event.uri === "ids";
      export const verify = (event, ctx) => {
        ctx.verify.token({ secret: "x", header: "x-ids-sig" });
        return true;
      };
      export const deliveryId = (event) => event.headers["x-ids-sig"] ?? event.rawBody;`,
  });
  app.writeFunction("ids", {
    json: { provider: "aa-ids", uri: "ids" },
    script: "export default () => 1;",
  });
  await expect.poll(() => app.app.registry().functions.has("ids")).toBe(true);
  const sent = async (init: RequestInit) =>
    await app.ended(await idIn(await app.send("ids", init)));
  const long = "a".repeat(300);
  const bodies = [`${long}1`, `${long}2`, `${long}1`].map((body) => ({ body }));
  const longer = "b".repeat(40_000);
  const longest = [`${longer}1`, `${longer}2`, `${longer}1`].map((body) => ({ body }));
  const emoji = "😀".repeat(60);
  const emojis = [`a${emoji}1`, `a${emoji}2`, `a${emoji}1`].map((body) => ({ body }));
  // Bytes that are not UTF-8 are lone surrogates in a text.
  const bytes = [0xfe, 0xff, 0xfe].map((byte) => ({ body: Uint8Array.of(0x63, byte) }));
  const proofs = ["first-proof-1", "second-proof-2", "first-proof-1"].map((value) => ({
    headers: { "x-ids-sig": value },
  }));
  for (const inits of [bodies, longest, emojis, bytes, proofs]) {
    const views: MessageView[] = [];
    for (const init of inits) views.push(await sent(init));
    const [one, other, same] = views;
    expect([one?.status, other?.status, same?.status]).toEqual(["SUCCESS", "SUCCESS", "DUPLICATE"]);
    expect(same?.duplicateOf).toBe(one?.id);
    expect(one?.deliveryId).toMatch(
      /^(?:a{150,}|b{150,}|a(?:😀){41}|c\ufffd|\[x-ids-sig\])#[0-9a-f]{32}$/u,
    );
    expect(Buffer.byteLength(one?.deliveryId ?? "")).toBeLessThanOrEqual(200);
  }
});
