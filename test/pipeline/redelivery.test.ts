/** Redeliveries with the shipped GitHub provider behave as `providers/github/README.md` says. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readSamples } from "../../src/catalogue/sample.ts";
import { idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const SECRET = "a secret for samples";
const FN = {
  json: { provider: "github", uri: "git/*" },
  script: "export default (event) => event.deliveryId;\n",
};

/** A redelivered push: same id, same body, same signature. */
async function deliver(app: TestApp, uri = "git/push") {
  const push = (await readSamples("providers", "github")).find(
    ({ name }) => name === "github/push",
  );
  const { headers = [], body = "" } = push?.request ?? {};
  const signature = `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;
  const sent = new Headers(headers.map(([name, value]): [string, string] => [name, value]));
  sent.set("x-hub-signature-256", signature);
  const response = await app.send(uri, { headers: sent, body: body.toString() });
  return { answer: response.status, ...(await app.ended(await idIn(response))) };
}

const start = (dedupe?: number) => {
  const json = JSON.parse(readFileSync("providers/github/provider.json", "utf8"));
  const script = readFileSync("providers/github/match.ts", "utf8");
  const shorter = { json: { ...json, dedupe }, script };
  return startTestApp({
    providers: { github: dedupe === undefined ? "shipped" : shorter },
    functions: { push: FN },
    environment: { GITHUB_WEBHOOK_SECRET: SECRET, HOOKYARD_SANDBOX_PROCESSES: "1" },
  });
};

test("within the window a redelivery is a duplicate, gets the answer of the first, and runs no function", async () => {
  await using app = await start();
  const first = await deliver(app);
  const again = await deliver(app);
  expect(first).toMatchObject({ answer: 202, status: "SUCCESS" });
  expect(again).toMatchObject({ answer: 202, status: "DUPLICATE", duplicateOf: first.id });
  expect(again.executions).toEqual([]);
});

test("after the window a redelivery is a new message", async () => {
  await using app = await start(1);
  expect(await deliver(app)).toMatchObject({ status: "SUCCESS" });
  await expect
    .poll(() => deliver(app), { interval: 100 })
    .toMatchObject({ status: "SUCCESS", duplicateOf: null });
});

test("the same event of another webhook is no duplicate at another URI", async () => {
  await using app = await start();
  expect(await deliver(app)).toMatchObject({ status: "SUCCESS" });
  expect(await deliver(app, "git/other")).toMatchObject({ status: "SUCCESS", duplicateOf: null });
});

test("a resubmission within the window runs", async () => {
  await using app = await start();
  const { id } = await deliver(app);
  const response = await app.api(`/messages/${id}/resubmit`, { method: "POST" });
  expect(await app.ended(await idIn(response))).toMatchObject({ status: "SUCCESS" });
});
