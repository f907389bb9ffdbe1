/** For a message without a function the log has the nearest URIs, and the sender may get a 404. */
import { expect, test } from "vitest";
import { nearestUris } from "../../src/model/nearest-uri.ts";
import type { Json } from "../support/json.ts";
import { metricValue } from "../support/metric-values.ts";
import { SharedApp } from "../support/shared-app.ts";
import { fn, idIn, type ScriptFolder } from "../support/test-app.ts";

const near = (uri: string, ...known: readonly string[]) =>
  nearestUris(
    uri,
    known.map((one) => ({ provider: "p", uri: one })),
  ).map((one) => one.uri);

test.each([
  ["git/psuh", "git/push"],
  ["git/pus", "git/push"],
  ["Git/Push", "git/push"],
  ["git-push", "git/push"],
  ["push", "git/push"],
  ["hooks/git/push", "git/push"],
  ["git/push/now", "git/push"],
  ["teams/12/bild", "teams/:id/build"],
  ["fiels/a/b", "files/**"],
  ["git/push", "git/push"],
])("%j is near %j", (uri, known) => {
  expect(near(uri, "something/else/entirely", known)).toEqual([known]);
});

test.each([
  ["", "git/push"],
  ["wp-login.php", "git/push"],
  ["a", "b/c"],
  [".env", "x"],
  [`${"a/".repeat(200)}push`, "git/push"],
  ["a".repeat(5000), "git/push"],
])("%j is near nothing", (uri, known) => {
  expect(near(uri, known)).toEqual([]);
});

test("the nearest URIs come first, each once, and at most three", () => {
  const known = ["git/puff", "git/push", "git/push", "git/pusht", "git/pushs", "git/lush"];
  expect(near("git/pusht", ...known)).toEqual(["git/pusht", "git/push", "git/pushs"]);
});

const byHeader = (name: string): ScriptFolder => ({
  json: { priority: 1 },
  script: `export default (event) => event.headers["x-from"] === "${name}";`,
});
const installed = {
  providers: { acme: byHeader("acme"), other: byHeader("other") },
  functions: {
    push: fn("git/push", "export default () => 1;", { provider: "acme" }),
    issue: fn("git/issue", "export default () => 1;", { provider: "other" }),
    off: fn("git/psuh", "export default () => 1;", { provider: "acme", active: false }),
  },
};

const kept = new SharedApp({});
const telling = new SharedApp({ HOOKYARD_UNMATCHED_STATUS: "404" });

test.each([
  ["git/psuh", "acme", { provider: "acme", uri: "git/push" }],
  ["git/isue", "acme", { provider: "other", uri: "git/issue" }],
  ["git/push", undefined, { provider: "acme", uri: "git/push" }],
])("a message to %s, matched by %s, is kept and shown with %j", async (uri, from, meant) => {
  const app = await kept.with(installed);
  const answer = await app.send(uri, { headers: from === undefined ? {} : { "x-from": from } });
  expect(answer.status).toBe(202);
  expect(await answer.clone().text()).not.toContain(meant.uri);
  expect(await app.ended(await idIn(answer))).toMatchObject({
    status: "UNMATCHED",
    nearestUris: [meant],
    message: expect.stringContaining(`; nearest: ${meant.uri} (${meant.provider})`),
  });
  const { items }: Json = await (await app.api(`/messages?limit=1`)).json();
  expect(items).toMatchObject([{ uri, nearestUris: [meant] }]);
  const labels = { provider: from ?? "", nearest: meant.uri };
  expect(await metricValue(app.url, "hookyard_messages_unmatched_total", labels)).toBe(1);
});

test("a message without a near URI, or with a function, has no nearest URI", async () => {
  const app = await kept.with(installed);
  const headers = { "x-from": "acme" };
  const far = await app.ended(await idIn(await app.send("wp-login.php", { headers })));
  expect(far).toMatchObject({ status: "UNMATCHED", nearestUris: [] });
  expect(far.message).toBe("provider acme has no function for this URI");
  const run = await app.ended(await idIn(await app.send("git/push", { headers })));
  expect(run).toMatchObject({ status: "SUCCESS", nearestUris: [] });
});

test.each([
  ["no provider", "git/push", {}, 404],
  ["no function", "git/psuh", { "x-from": "acme" }, 404],
  ["no function, and waits", "git/psuh", { "x-from": "acme", "flex-sync-webhook": "true" }, 404],
  ["a function", "git/push", { "x-from": "acme" }, 202],
])(
  "with HOOKYARD_UNMATCHED_STATUS=404 a message that matches %s is answered 404, and stored",
  async (_, uri, headers, status) => {
    const app = await telling.with(installed);
    const answer = await app.send(uri, { headers });
    expect(answer.status).toBe(status);
    const messageId = await idIn(answer.clone());
    if (status === 404)
      expect(await answer.json()).toEqual({
        messageId,
        status: "UNMATCHED",
        provider: "x-from" in headers ? "acme" : null,
        functions: [],
      });
    expect(answer.headers.get("location")).toBe(`/api/v1/messages/${messageId}`);
    expect((await app.ended(messageId)).status).toBe(status === 404 ? "UNMATCHED" : "SUCCESS");
  },
);
