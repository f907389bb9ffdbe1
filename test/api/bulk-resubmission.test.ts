/** Resubmits many messages: a dry run counts them first, the oldest runs first, and the filter is required. */
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const shared = new SharedApp();
const providers = { anything: ANYTHING };
/** `picky` fails unless the body is `right`. */
const functions = {
  picky: fn("x", "export default (e) => { if (e.rawBody !== 'right') throw new Error('wrong'); };"),
  other: fn("y", "export default (e) => e.rawBody;"),
};

const bulk = async (app: TestApp, body: object, query = "") => {
  const response = await app.api(`/messages/resubmit${query}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

const listed = async (app: TestApp, query: string) => {
  const { items } = (await (await app.api(`/messages?limit=200&${query}`)).json()) as {
    items: { id: string; resubmittedFrom: string | null; status: string }[];
  };
  return items;
};

async function sendAll(app: TestApp, uri: string, bodies: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const body of bodies) ids.push(await idIn(await app.send(uri, { body })));
  for (const id of ids) await app.ended(id);
  return ids;
}

test("failed messages are counted by a dry run, and run again once their function is corrected", async () => {
  await using app = await startTestApp({ providers, functions });
  const failed = await sendAll(app, "x", ["a", "b", "c"]);
  await sendAll(app, "x", ["right"]);
  await sendAll(app, "y", ["d"]);

  const dry = await bulk(app, { status: "FAILED", dryRun: true });
  expect(dry).toEqual({ status: 200, body: { dryRun: true, count: 3 } });
  expect((await listed(app, "")).length).toBe(5);

  app.writeFunction("picky", fn("x", "export default (e) => 'now ' + e.rawBody;"));
  const result = async () => {
    const view = await app.ended(await idIn(await app.send("x", { body: "right" })));
    return view.executions[0]?.result;
  };
  await expect.poll(result).toBe("now right");
  const done = await bulk(app, { status: "FAILED" });
  expect(done).toMatchObject({ status: 202, body: { dryRun: false, count: 3 } });
  const statuses: number[] = Object.values(Object(done.body).statuses);
  expect(statuses.reduce((a, b) => a + b)).toBe(3);
  const copies = (await listed(app, "")).filter(({ resubmittedFrom }) => resubmittedFrom !== null);
  const views = await Promise.all(copies.map(({ id }) => app.ended(id)));
  expect(views.map(({ status }) => status)).toEqual(["SUCCESS", "SUCCESS", "SUCCESS"]);
  expect(new Set(views.map(({ resubmittedFrom }) => resubmittedFrom))).toEqual(new Set(failed));
});

test("each filter of the list is accepted, in the body as in the query", async () => {
  await using app = await startTestApp({ providers, functions });
  await sendAll(app, "x", ["alpha", "right"]);
  await sendAll(app, "y", ["alpha"]);
  const count = async (body: object, query?: string) =>
    (await bulk(app, { ...body, dryRun: true }, query)).body["count"];
  expect(await count({ uri: "x" })).toBe(2);
  expect(await count({}, "?uri=x")).toBe(2);
  expect(await count({}, "?uri=x&dryRun=true")).toBe(2);
  expect(await count({ q: "alpha" })).toBe(2);
  expect(await count({ function: "other" })).toBe(1);
  expect(await count({ provider: "anything", status: "SUCCESS" })).toBe(2);
  expect(await count({ from: "2001-01-01T00:00:00Z", to: "2001-01-02T00:00:00Z" })).toBe(0);
});

test("more messages than a page of the list are resubmitted", async () => {
  await using app = await startTestApp({ providers, functions });
  await Promise.all(Array.from({ length: 230 }, (_, n) => app.send("y", { body: `${n}` })));
  await expect.poll(() => listed(app, "status=PENDING")).toEqual([]);
  expect((await bulk(app, { uri: "y", dryRun: true })).body["count"]).toBe(230);
  expect((await bulk(app, { uri: "y" })).body["count"]).toBe(230);
  await expect.poll(() => listed(app, "status=PENDING")).toEqual([]);
  expect((await bulk(app, { uri: "y", dryRun: true })).body["count"]).toBe(460);
});

test("only the functions that the body names run", async () => {
  const two = { ...functions, second: fn("y", "export default () => 2;") };
  const app = await shared.with({ providers, functions: two });
  await sendAll(app, "y", ["a"]);
  await bulk(app, { uri: "y", functions: ["second"] });
  const [copy] = await listed(app, "uri=y");
  const { executions } = await app.ended(copy?.id ?? "");
  expect(executions.map((one) => one.function)).toEqual(["second"]);
});

test("messages that are still pending are not resubmitted", async () => {
  const slow = fn("z", "export default async (e, ctx) => { await ctx.sleep(3000); };");
  const app = await shared.with({ providers, functions: { slow } });
  await app.send("z", { body: "a" });
  expect((await bulk(app, { uri: "z" })).body["count"]).toBe(0);
});

test.each([
  [{}, 400, /no filter was found/],
  [{ dryRun: true }, 422, /no filter was found/],
  [{ functions: ["picky"] }, 422, /no filter was found/],
  [{ status: "failed" }, 400, /status/],
  [{ colour: "red" }, 400, /colour/],
  [{ status: "FAILED", limit: 10 }, 400, /limit/],
  [{ status: "FAILED", from: "yesterday" }, 400, /ISO 8601/],
  [{ status: "FAILED", resubmitted: "" }, 400, /resubmitted/],
  [{ status: "FAILED", resubmitted: "no" }, 400, /resubmitted/],
  [[1], 400, /expected object|nrecognized/],
])("the body %j is refused: %i", async (body, status, problem) => {
  const app = await shared.with({ providers, functions });
  const answer = await bulk(app, body);
  expect(answer.status).toBe(status);
  expect(String(answer.body["detail"])).toMatch(problem);
});

test("a function that is not installed is refused before any message is resubmitted", async () => {
  const app = await shared.with({ providers, functions });
  await sendAll(app, "y", ["a"]);
  const before = (await listed(app, "")).length;
  const answer = await bulk(app, { uri: "y", functions: ["none"] });
  expect(answer.status).toBe(422);
  expect((await listed(app, "")).length).toBe(before);
});

test("with resubmitted: false a repeated call resubmits nothing twice", async () => {
  await using app = await startTestApp({ providers, functions });
  const failed = await sendAll(app, "x", ["a", "b"]);
  const failedOnly = { status: "FAILED", uri: "/x/", resubmitted: false };
  expect((await bulk(app, failedOnly)).body).toMatchObject({ dryRun: false, count: 2 });
  const copies = (await listed(app, "resubmitted=false")).map(({ id }) => id);
  for (const id of copies) await app.ended(id);
  expect((await listed(app, "resubmitted=true")).map(({ id }) => id)).toEqual(failed.toReversed());
  // The copies have failed too and have not been resubmitted themselves, so they still fit the filter.
  expect((await bulk(app, { ...failedOnly, dryRun: true })).body).toEqual({
    dryRun: true,
    count: 2,
  });
  expect((await bulk(app, { ...failedOnly, resubmitted: true, dryRun: true })).body).toMatchObject({
    count: 2,
  });
  const everything = await bulk(app, { resubmitted: false });
  expect(everything.status).toBe(422);
  expect(everything.body["detail"]).toContain("no filter was found");
});
