/** Which headers prove a sender is found out from what scripts verify with: one script must not use up what may be noted. */
import { expect, test } from "vitest";
import { idIn, type ScriptFolder, startTestApp, type TestApp } from "../support/test-app.ts";

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

test("a script that makes up proofs in message after message leaves room for another's", async () => {
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
