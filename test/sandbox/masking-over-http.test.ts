/** A secret and a signature stand at places around each cut, and no part of them is shown over HTTP. */
import { expect, test } from "vitest";
import { idIn, type MessageView } from "../support/test-app.ts";
import {
  app,
  bodyOf,
  expectNothingOf,
  expectNothingShown,
  headers,
  logged,
  PLACES,
  PROOF,
  restart,
  SECRET,
  SECRETS,
  shown,
  textsOf,
  useServer,
} from "./masking-places.ts";

useServer();

test.each(SECRETS)(
  "messages show no part of a %s, at places around any cut",
  {
    timeout: 120_000,
  },
  async (what, secret) => {
    await expectNothingShown(
      what,
      secret,
      PLACES.filter((_, index) => index % 4 === 0),
    );
  },
);

test("answers to test runs, lists and the server's log show no part of a secret or signature", {
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

test("a header that a script verified with stays masked after a restart, before any verification", {
  timeout: 60_000,
}, async () => {
  const id = await idIn(await app.send("x", { headers, body: bodyOf("proof", 0, "returns") }));
  await app.ended(id);
  await restart();
  const edited = JSON.stringify({ body: bodyOf("proof", -40, "throws") });
  const again = await app.api(`/messages/${id}/resubmit`, { method: "POST", body: edited });
  const view = await app.ended(await idIn(again));
  expect(view).toMatchObject({ edited: true, verification: null });
  expect(JSON.stringify(view.trace)).toContain("[x-acme-sig]");
  expectNothingOf(PROOF, shown(view), "edited copy");
});

test("deliveries are distinguished by their whole ids, also when these are masked or too long", {
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
  // Bytes that are not UTF-8 are unpaired surrogates in a text.
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
