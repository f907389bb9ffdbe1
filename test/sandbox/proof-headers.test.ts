/**
 * Headers that prove a sender are learned from the calls of `ctx.verify`. One script must not use up the limit for
 * others.
 */
import { describe, expect, test } from "vitest";
import { fn, idIn, type ScriptFolder, startTestApp, type TestApp } from "../support/test-app.ts";

const PROOF = "QwZxRtVbNmKjHgSpLsWzYtUk";
const VERIFY_ALL =
  'for (const header of Object.keys(event.headers)) ctx.verify.token({ secret: "x", header });';

const acme: ScriptFolder = {
  json: { priority: 2, verification: "report" },
  script: `export default (event) => event.headers["acme-proof"] !== undefined;
    export const verify = (event, ctx) => {
      console.log("got " + event.headers["acme-proof"]);
      return ctx.verify.token({ secret: "another", header: "Acme-Proof" });
    };`,
};
const show: ScriptFolder = {
  json: { provider: "acme", uri: "x" },
  script: 'export default (event, ctx) => ctx.setMessage("got " + event.headers["acme-proof"]);',
};
const greedy = (script: string, json: object = {}): ScriptFolder => ({
  json: { priority: 1, verification: "report", ...json },
  script,
});

async function expectMasked(app: TestApp): Promise<void> {
  const view = await app.ended(
    await idIn(await app.send("x", { headers: { "acme-proof": PROOF } })),
  );
  expect(view.provider).toBe("acme");
  expect(view.trace.at(-1)?.logs).toMatchObject([{ text: "got [acme-proof]" }]);
  expect(view.message).toBe("got [acme-proof]");
}

test.each([
  [
    "names that are not there",
    'for (let n = 0; n < 40; n++) ctx.verify.token({ secret: "x", header: "h-" + n });',
  ],
  ["all headers of the message", VERIFY_ALL],
])("a script that verifies with %s leaves room for another's proof", async (_, code) => {
  const script = `export default (event, ctx) => { ${code} return false; };`;
  await using app = await startTestApp({
    providers: { greedy: greedy(script), acme },
    functions: { show },
  });
  await expectMasked(app);
});

test("a script that invents proof headers in each message does not displace those of another", async () => {
  const script = `export default (event, ctx) => { if (event.uri !== "own") return false; ${VERIFY_ALL} return true; };`;
  await using app = await startTestApp({
    providers: { greedy: greedy(script), acme },
    functions: { show },
  });
  for (let message = 0; message < 45; message++) {
    const headers = Array.from({ length: 13 }, (__, n) => [`h-${message}-${n}`, "x"]);
    const sent = await app.send("own", { headers: Object.fromEntries(headers) });
    expect(sent.status).toBe(202);
  }
  await expectMasked(app);
});

describe("a header that proves the sender", () => {
  const NAME = "x-acme-sig";
  const match = (decides: string, verifies: string): ScriptFolder => ({
    json: { priority: 1, verification: "report" },
    script: `export default (event, ctx) => { ${decides} };
      export const verify = (event, ctx) => { ${verifies} };`,
  });
  const BY_HEADER = `return ctx.verify.hmac({ secret: "s", header: "X-Acme-Sig" });`;
  const LOG = `console.log("got " + event.headers["${NAME}"]);`;
  const functions = {
    show: fn(
      "x",
      `export default (event, ctx) => { ${LOG} ctx.setMessage(event.headers["${NAME}"]); throw new Error(event.headers["${NAME}"]); };`,
      { provider: "acme" },
    ),
  };

  test.each([
    ["named in a check that has not run", match(`${LOG} return false;`, BY_HEADER)],
    ["returned instead of true", match(`return event.headers["${NAME}"];`, BY_HEADER)],
    [
      "returned within an object",
      match(`return { a: event.headers["${NAME}"] };`, "return false;"),
    ],
    [
      "returned, and compared by the script itself",
      match(`return event.headers["${NAME}"];`, `return event.headers["${NAME}"] === "x";`),
    ],
    [
      "named in a check, and thrown",
      match(`throw new Error(event.headers["${NAME}"]);`, BY_HEADER),
    ],
    [
      "compared as a text",
      match(
        "return true;",
        `return ctx.crypto.timingSafeEqual("sha256=" + ctx.crypto.hmac("sha256", "s", event.rawBody), event.headers["${NAME}"]);`,
      ),
    ],
    [
      "compared in part",
      match(
        "return true;",
        `return ctx.crypto.timingSafeEqual("x", event.headers["${NAME}"].slice(7));`,
      ),
    ],
    [
      "given as a value",
      match(
        "return true;",
        `return ctx.verify.token({ secret: "s", value: event.headers["${NAME}"] });`,
      ),
    ],
  ])("is masked from its first message on: %s", async (_, acme) => {
    await using app = await startTestApp({ providers: { acme }, functions });
    const headers = { [NAME]: `sha256=${PROOF}` };
    const view = await app.ended(await idIn(await app.send("x", { headers })));
    const { headers: _sent, ...shown } = view;
    expect(JSON.stringify(shown)).not.toContain(PROOF);
    expect(JSON.stringify(shown)).toMatch(/\[x-acme-sig\]|the script returned: a /);
  });

  test("is masked if it is short and compared whole", async () => {
    const verify = `return ctx.crypto.timingSafeEqual(event.headers["${NAME}"], "another-one");`;
    await using app = await startTestApp({
      providers: { acme: match("return true;", verify) },
      functions,
    });
    const headers = { [NAME]: "s3cr3t-t0ken" };
    const { headers: _sent, ...shown } = await app.ended(
      await idIn(await app.send("x", { headers })),
    );
    expect(JSON.stringify(shown)).not.toContain("s3cr3t-t0ken");
  });
});
