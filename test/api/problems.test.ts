/** `/problems`: what failed, was rejected or unmatched, grouped by cause, muted, and resubmitted as a group. */
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { fn, idIn, type TestApp } from "../support/test-app.ts";

const shared = new SharedApp();

/** Fails in several ways, by the kind in the body; some texts hold parts of the message. */
const FAILS = `const find = (name) => { throw new Error(\`no \${name} here\`); };
export default async (event, ctx) => {
  const { kind, value } = JSON.parse(event.rawBody);
  if (kind === "number") throw new Error("no order " + value);
  if (kind === "quoted") throw new TypeError(\`unknown branch "\${value}"\`);
  if (kind === "property") return value.login.name;
  if (kind === "one place") find("order");
  if (kind === "other place") find("order");
  if (kind === "denied") await ctx.http.fetch("https://" + value + ".example/");
  return "fine";
};
`;
const PICKY = `export default (event) => event.method === "POST";
export const verify = (event) => ({ ok: event.query.age === undefined, reason: "the timestamp is " + event.query.age + " s old" });
`;
const scripts = {
  providers: {
    picky: { json: { priority: 1, verification: "enforce" }, script: PICKY },
  },
  functions: {
    fails: fn("fails", FAILS, { provider: "picky" }),
    fine: fn("fine", FAILS, { provider: "picky" }),
  },
};

interface Problem {
  readonly key: string;
  readonly kind: string;
  readonly function: string | null;
  readonly error: {
    readonly name: string;
    readonly message: string | null;
    readonly line?: number;
  } | null;
  readonly reason: string | null;
  readonly uri: string | null;
  readonly count: number;
  readonly counts: readonly number[];
  readonly messageId: string;
  readonly muted: object | null;
  readonly filter: object;
}

const read = async (app: TestApp, path: string, init?: RequestInit) =>
  (await app.api(path, init)).json();
const problemsOf = async (app: TestApp, query = "") =>
  ((await read(app, `/problems?limit=200&${query}`)) as { items: Problem[] }).items;

async function sendAll(app: TestApp, kind: string, values: readonly unknown[], uri = "fails") {
  const ids: string[] = [];
  for (const value of values)
    ids.push(await idIn(await app.send(uri, { body: JSON.stringify({ kind, value }) })));
  for (const id of ids) await app.ended(id);
  return ids;
}

test("failures of one cause are one problem, those of another are another, and each selects its messages", async () => {
  const app = await shared.with(scripts);
  const sent = {
    number: await sendAll(app, "number", [1, 22, 333]),
    quoted: await sendAll(app, "quoted", ["main", 'it\'s "mine"']),
    property: await sendAll(app, "property", [{}, { other: 1 }]),
    "one place": await sendAll(app, "one place", [1, 2]),
    "other place": await sendAll(app, "other place", [1]),
    denied: await sendAll(app, "denied", ["a", "a"]),
    json: await idsOfBodies(app, ["hello", "no JSON either"]),
  };
  const other = await sendAll(app, "number", [5], "fine");
  const problems = await problemsOf(app, "kind=FAILURE");
  const groups = await Promise.all(problems.map(({ key }) => idsWith(app, `problem=${key}`)));
  const expected = [...Object.values(sent), other];
  expect(groups.map((ids) => ids.toSorted()).toSorted()).toEqual(
    expected.map((ids) => ids.toSorted()).toSorted(),
  );
  const found = problems.find(({ messageId }) => messageId === sent.number.at(-1));
  expect(found).toMatchObject({
    function: "fails",
    error: { name: "Error", message: "no order 333", line: 4 },
    count: 3,
    filter: { problem: found?.key },
  });
  expect(found?.counts.reduce((a, b) => a + b)).toBe(3);
  expect(await problemsOf(app, "function=fine")).toMatchObject([{ count: 1 }]);
  const stats = (await read(app, `/messages/stats?problem=${found?.key}`)) as { count: number };
  expect(stats.count).toBe(3);
});

async function idsOfBodies(app: TestApp, bodies: readonly string[]) {
  const ids: string[] = [];
  for (const body of bodies) ids.push(await idIn(await app.send("fails", { body })));
  for (const id of ids) await app.ended(id);
  return ids;
}

async function idsWith(app: TestApp, query: string): Promise<string[]> {
  const { items } = (await read(app, `/messages?limit=200&${query}`)) as {
    items: { id: string }[];
  };
  return items.map(({ id }) => id);
}

test("rejections are grouped by their reason, and unmatched messages by the shape of their URI", async () => {
  const app = await shared.with(scripts);
  for (const uri of ["fine?age=301", "fine?age=4711", "orders/17/paid", "orders/18/paid"])
    await app.send(uri, { body: "{}" });
  expect(await problemsOf(app, "kind=REJECTION")).toMatchObject([
    { provider: "picky", reason: "the timestamp is 4711 s old", count: 2, error: null },
  ]);
  const [unmatched] = await problemsOf(app, "kind=UNMATCHED");
  expect(unmatched).toMatchObject({ uri: "orders/#/paid", count: 2, error: null });
  expect(await idsWith(app, `problem=${unmatched?.key}`)).toHaveLength(2);
});

test("all messages of a problem are resubmitted by its filter, and no others", async () => {
  const app = await shared.with(scripts);
  await sendAll(app, "number", [7]);
  const [found] = (await problemsOf(app, "function=fails")).filter(
    ({ error }) => error?.message === "no order 7",
  );
  const resubmit = (more: object) =>
    read(app, "/messages/resubmit", {
      method: "POST",
      body: JSON.stringify({ ...found?.filter, resubmitted: false, ...more }),
    });
  expect(await resubmit({ dryRun: true })).toEqual({ dryRun: true, count: found?.count });
  expect(await resubmit({})).toMatchObject({ count: found?.count });
  const key = found?.key;
  const again = async () => ((await read(app, `/problems/${key}`)) as Problem).count;
  // The copies fail for the same cause.
  await expect.poll(again).toBe(Number(found?.count) * 2);
});

test("a muted problem is away until it happens again or until a time, and the audit log says who muted it", async () => {
  const app = await shared.with(scripts);
  await sendAll(app, "number", [8]);
  const key = (await problemsOf(app, "function=fails")).find(
    ({ error }) => error?.message === "no order 8",
  )?.key;
  const patch = (body: object, name = key) =>
    app.api(`/problems/${name}`, { method: "PATCH", body: JSON.stringify(body) });
  const isShown = async () => (await problemsOf(app, "muted=false")).some((one) => one.key === key);
  expect((await (await patch({ muted: true })).json()) as Problem).toMatchObject({
    muted: { until: null, by: "admin" },
  });
  expect(await isShown()).toBe(false);
  expect((await problemsOf(app, "muted=true")).map((one) => one.key)).toEqual([key]);
  await sendAll(app, "number", [9]);
  expect(await isShown()).toBe(true);

  await patch({ muted: true, until: new Date(Date.now() + 3_600_000).toISOString() });
  await sendAll(app, "number", [10]);
  expect(await isShown()).toBe(false);
  const soon = Date.now() + 300;
  await patch({ muted: true, until: new Date(soon).toISOString() });
  await expect.poll(isShown).toBe(true);
  await patch({ muted: true });
  await patch({ muted: false });
  expect(await isShown()).toBe(true);

  const { items } = (await read(app, `/audit?target=${key}`)) as { items: { action: string }[] };
  expect(items.map(({ action }) => action)).toEqual([
    "problem.unmute",
    ...Array.from({ length: 4 }, () => "problem.mute"),
  ]);
  expect((await patch({ muted: false, until: "2099-01-01T00:00:00Z" })).status).toBe(422);
  expect((await patch({ muted: true, until: "2020-01-01T00:00:00Z" })).status).toBe(422);
  expect((await patch({ muted: true }, "f-0123456789abcdef0123")).status).toBe(404);
});

test("a token without messages:details sees problems without the texts of scripts, and may not mute them", async () => {
  const app = await shared.with(scripts);
  await sendAll(app, "number", [11]);
  await app.send("fine?age=12", { body: "{}" });
  const made = await app.api("/tokens", {
    method: "POST",
    body: JSON.stringify({ name: "reader", permissions: ["messages:read"] }),
  });
  const { token } = (await made.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${app.url}/api/v1/problems?limit=200`, { headers });
  const text = await answer.text();
  const { items } = JSON.parse(text) as { items: Problem[] };
  expect(text).not.toMatch(/no order|unknown branch|s old|JSON/);
  expect(items.some(({ kind, error }) => kind === "FAILURE" && error?.line === 4)).toBe(true);
  const path = `${app.url}/api/v1/problems/${items[0]?.key}`;
  const refused = await fetch(path, {
    method: "PATCH",
    headers: { ...headers, "content-type": "application/json" },
    body: '{"muted":true}',
  });
  expect(refused.status).toBe(403);
});

test("a long list goes on with its cursor", async () => {
  const app = await shared.with(scripts);
  await sendAll(app, "number", [12]);
  await sendAll(app, "quoted", ["x"]);
  const all = (await problemsOf(app)).map(({ key }) => key);
  const keys: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = (await read(
      app,
      `/problems?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`,
    )) as { items: Problem[]; nextCursor: string | null };
    keys.push(...page.items.map(({ key }) => key));
    cursor = page.nextCursor;
  }
  expect(keys).toEqual(all);
});
