/** Headers that prove a sender are learned from the calls of `ctx.verify`. One script must not use up the limit for others. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
  /** The scripts of one provider; `HEADER` stands for its own header, in lower case. */
  interface Scripts {
    readonly what: string;
    readonly decides: string;
    readonly verifies: string;
    /** The value that the sender sends. */
    readonly proof?: string;
  }
  const VALUE = "event.headers[HEADER]";
  const BY_HEADER = 'return ctx.verify.hmac({ secret: "s", header: HEADER.toUpperCase() });';
  const LOG = `console.log("got " + ${VALUE});`;
  const cases: readonly Scripts[] = [
    {
      what: "named in a check that has not run",
      decides: `${LOG} return false;`,
      verifies: BY_HEADER,
    },
    { what: "returned instead of true", decides: `return ${VALUE};`, verifies: BY_HEADER },
    {
      what: "returned within an object",
      decides: `return { a: ${VALUE} };`,
      verifies: "return false;",
    },
    {
      what: "returned, and compared by the script itself",
      decides: `return ${VALUE};`,
      verifies: `return ${VALUE} === "x";`,
    },
    {
      what: "named in a check, and thrown",
      decides: `throw new Error(${VALUE});`,
      verifies: BY_HEADER,
    },
    {
      what: "compared as a text",
      decides: "return true;",
      verifies: `return ctx.crypto.timingSafeEqual("sha256=" + ctx.crypto.hmac("sha256", "s", event.rawBody), ${VALUE});`,
    },
    {
      what: "compared in part",
      decides: "return true;",
      verifies: `return ctx.crypto.timingSafeEqual("x", ${VALUE}.slice(7));`,
    },
    {
      what: "given as a value",
      decides: "return true;",
      verifies: `return ctx.verify.token({ secret: "s", value: ${VALUE} });`,
    },
    {
      what: "short and compared whole",
      decides: "return true;",
      verifies: `return ctx.crypto.timingSafeEqual(${VALUE}, "another-one");`,
      proof: "s3cr3t-t0ken",
    },
  ];
  // Names are learned once for a server, so each case has its own.
  const headerOf = (index: number) => `x-acme-sig-${index}`;
  const scriptOf = ({ decides, verifies }: Scripts, index: number) => {
    const header = JSON.stringify(headerOf(index));
    return `export default (event, ctx) => { if (event.uri !== "u${index}") return false; ${decides} };
      export const verify = (event, ctx) => { ${verifies} };`.replaceAll("HEADER", header);
  };
  const showOf = (index: number) =>
    `export default (event, ctx) => { ${LOG} ctx.setMessage(${VALUE}); throw new Error(${VALUE}); };`.replaceAll(
      "HEADER",
      JSON.stringify(headerOf(index)),
    );

  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({
      providers: Object.fromEntries(
        cases.map((one, index) => [
          `acme${index}`,
          { json: { priority: index + 1, verification: "report" }, script: scriptOf(one, index) },
        ]),
      ),
      functions: Object.fromEntries(
        cases.map((_, index) => [
          `show${index}`,
          fn(`u${index}`, showOf(index), { provider: `acme${index}` }),
        ]),
      ),
    });
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test.each(cases.map((one, index) => ({ ...one, index })))(
    "is masked from its first message on: $what",
    async ({ index, proof = `sha256=${PROOF}` }) => {
      const headers = { [headerOf(index)]: proof };
      const view = await app.ended(await idIn(await app.send(`u${index}`, { headers })));
      const { headers: _sent, ...shown } = view;
      expect(JSON.stringify(shown)).not.toContain(proof.replace("sha256=", ""));
      expect(JSON.stringify(shown)).toMatch(/\[x-acme-sig-\d\]|the script returned: a /);
    },
  );
});
