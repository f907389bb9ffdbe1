/** The payload of large bodies in match scripts is an excerpt, and the event and the trace say so. */
import { expect, test, vi } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { idIn, type MessageView, type ScriptFolder, type TestApp } from "../support/test-app.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const shared = new SharedApp();
const JSON_TYPE = { "content-type": "application/json" };
const MEGABYTE = 1024 * 1024;

const provider = (script: string, json: object = {}): ScriptFolder => ({
  json: { priority: 1, ...json },
  script,
});

const TELLING = provider(`export default (event, ctx) => {
  const { payload, payloadTruncated } = event;
  ctx.log.info(JSON.stringify({ payloadTruncated, size: JSON.stringify(payload).length, first: payload.list?.length, last: payload.last }));
  return false;
};`);
const BY_HEADER = provider(
  `export default (event, ctx) => { ctx.log.info(event.payloadTruncated); return false; };`,
  { priority: 2 },
);
const TAKING = provider("export default () => true;", { priority: 3 });

async function sendTo(app: TestApp, body: string): Promise<MessageView> {
  return await app.ended(await idIn(await app.send("x", { body, headers: JSON_TYPE })));
}

const entryOf = ({ trace }: MessageView, name: string) =>
  trace.find((one) => one.provider === name);
const logOf = (view: MessageView, name: string) => entryOf(view, name)?.logs?.[0]?.text ?? "";

test("a body within both limits is whole, and one beyond either is an excerpt that says so", async () => {
  const app = await shared.with({
    providers: { telling: TELLING, other: BY_HEADER, taking: TAKING },
    functions: {
      all: {
        json: { provider: "taking", uri: "x" },
        script: `export default (event) => [event.payloadTruncated, event.payload.list.length];`,
      },
    },
  });
  const bodyOf = (items: number, filler: number) =>
    JSON.stringify({
      list: Array.from({ length: items }, () => 0),
      filler: "x".repeat(filler),
      last: "here",
    });
  const least = bodyOf(1, 0).length;
  const bodies = [
    { body: bodyOf(99_996, 0), truncated: false },
    { body: bodyOf(99_997, 0), truncated: true, found: "100001 values" },
    { body: bodyOf(1, MEGABYTE - least), truncated: false },
    { body: bodyOf(1, MEGABYTE - least + 1), truncated: true, found: `${MEGABYTE + 1} bytes` },
  ];
  for (const { body, truncated, found = "" } of bodies) {
    const view = await sendTo(app, body);
    const items = (JSON.parse(body) as { list: unknown[] }).list.length;
    const logged = JSON.parse(logOf(view, "telling"));
    expect(logged).toMatchObject({
      payloadTruncated: truncated,
      first: truncated ? Math.min(items, 20) : items,
      last: "here",
    });
    if (!truncated) expect(logged.size).toBe(body.length);
    const warning = entryOf(view, "telling")?.warning;
    if (truncated)
      expect(warning).toMatch(new RegExp(`excerpt.* has ${found}.*event\\.headers.*"when"`));
    else expect(warning).toBeUndefined();
    // A script that only reads `payloadTruncated` has not decided by the excerpt.
    expect([logOf(view, "other"), entryOf(view, "other")?.warning]).toEqual([
      String(truncated),
      undefined,
    ]);
    expect(view.executions[0]?.result).toEqual([false, items]);
  }
});

test("FlexDeploy scripts, verification and the other steps get the same excerpt", async () => {
  const flexdeploy = provider("LOG.info(String(PAYLOAD.list.length)); return false;");
  const steps = provider(
    `export default () => true;
    export const verify = (event, ctx) => ({ ok: event.rawBody.length === 2000012 && event.payload.list.length === 20 && ctx.crypto.hmac("sha256", "k", event.rawBody).length === 64 });
    export const eventType = (event) => "items " + event.payload.list.length;`,
    { priority: 2 },
  );
  const app = await shared.with({ providers: { flexdeploy, steps } });
  const view = await sendTo(app, `{"list":[1${",1".repeat(1_000_000)}]}`);
  expect(logOf(view, "flexdeploy")).toBe("20");
  expect(entryOf(view, "flexdeploy")?.warning).toContain("excerpt");
  expect(view).toMatchObject({
    provider: "steps",
    eventType: "items 20",
    verification: { result: "ok" },
  });
  expect(entryOf(view, "steps")?.warning).toContain("excerpt");
});
