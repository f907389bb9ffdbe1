// biome-ignore-all lint/style/noExcessiveLinesPerFile: every way of answering side by side, so that a gap is seen.

import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { HANG_MS } from "../support/hang.ts";
import { SharedApp } from "../support/shared-app.ts";
import {
  ANYTHING,
  fn,
  idIn,
  type MessageView,
  type ScriptFolder,
  SYNC,
  startParallelApp,
  startTestApp,
  type TestApp,
} from "../support/test-app.ts";

const FINE = "export default () => 1;";
const BROKEN = 'export default () => { throw new Error("a secret reason"); };';
const sleepy = (ms: number) => `export default (event, ctx) => ctx.sleep(${ms});`;
const spin = (ms: number) =>
  `const end = Date.now() + ${ms}; while (Date.now() < end) ; return true;`;

const provider = (script: string, json: object = {}): ScriptFolder => ({
  json: { priority: 1, ...json },
  script,
});

const shared = new SharedApp();
const parallel = new SharedApp({ HOOKYARD_SANDBOX_PROCESSES: "2" });
const withSecret = new SharedApp({ ANSWERS_TOKEN: "the-right-token" });
const impatient = new SharedApp({
  HOOKYARD_SANDBOX_PROCESSES: "2",
  HOOKYARD_MATCH_TIMEOUT_MS: "20",
});

const start = (functions: Record<string, ScriptFolder>, anything: ScriptFolder = ANYTHING) =>
  shared.with({ providers: { anything }, functions });

const listed = async (app: TestApp) =>
  ((await (await app.api("/messages?limit=200")).json()) as { items: MessageView[] }).items;

/** The id of the message in a response, from its header or its body. */
const idOf = (response: Response) => response.headers.get("location")?.split("/").at(-1) ?? "";

const MODES = [
  ["asynchronous", {}],
  ["synchronous", SYNC],
] as const;

test("an asynchronous call is answered 202 with the id and the path of the message, whatever its outcome", async () => {
  const app = await start({ fine: fn("fine", FINE), broken: fn("broken", BROKEN) });
  const ends = { fine: "SUCCESS", broken: "FAILED", unmatched: "UNMATCHED" };
  for (const [uri, status] of Object.entries(ends)) {
    const response = await app.send(uri);
    expect(response.status).toBe(202);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    const location = response.headers.get("location");
    const body = (await response.json()) as { messageId: string };
    expect(body).toEqual({ messageId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) });
    expect(location).toBe(`/api/v1/messages/${body.messageId}`);
    expect((await app.ended(body.messageId)).status).toBe(status);
  }
});

test("an asynchronous call that no provider matches is answered 202 too, and stored", async () => {
  const app = await start({}, provider("export default () => false;"));
  const response = await app.send("in");
  expect(response.status).toBe(202);
  expect(await app.ended(await idIn(response))).toMatchObject({
    status: "UNMATCHED",
    provider: null,
  });
});

test("a synchronous call is answered with the outcome of each function", async () => {
  const app = await start({
    fine: fn("fine", FINE),
    "both-fine": fn("both", FINE),
    "both-broken": fn("both", BROKEN),
    filtered: fn("filtered", 'export default (event, ctx) => ctx.skip("nothing to do");'),
  });
  const ask = async (uri: string) => {
    const response = await app.send(uri, SYNC);
    const text = await response.text();
    expect(text).not.toMatch(/secret reason|Error|index\.ts|stack/);
    const messageId = idOf(response);
    const body = JSON.parse(text);
    expect(body).toEqual({ messageId, ...body });
    expect(Object.keys(body)).toEqual(["messageId", "status", "provider", "functions"]);
    return [response.status, body.status, body.provider, body.functions];
  };
  expect(await ask("fine")).toEqual([
    200,
    "SUCCESS",
    "anything",
    [{ name: "fine", status: "SUCCESS" }],
  ]);
  expect(await ask("filtered")).toEqual([
    200,
    "SUCCESS",
    "anything",
    [{ name: "filtered", status: "FILTERED" }],
  ]);
  expect(await ask("unmatched")).toEqual([404, "UNMATCHED", "anything", []]);
  expect(await ask("both")).toEqual([
    500,
    "FAILED",
    "anything",
    [
      { name: "both-broken", status: "FAILED" },
      { name: "both-fine", status: "SUCCESS" },
    ],
  ]);
});

test("a synchronous call that no provider matches is answered 404", async () => {
  const app = await start({ fine: fn("in", FINE) }, provider("export default () => false;"));
  const response = await app.send("in", SYNC);
  expect(response.status).toBe(404);
  const body = { messageId: idOf(response), status: "UNMATCHED", provider: null, functions: [] };
  expect(await response.json()).toEqual(body);
});

test("a synchronous call with no provider installed is answered 404", async () => {
  await using app = await startTestApp();
  expect((await app.send("in", SYNC)).status).toBe(404);
  expect((await app.send("in")).status).toBe(202);
});

test("flex-sync-webhook makes a call synchronous when it is true or TeamsTask, in any letter case", async () => {
  const app = await start({ fine: fn("in", FINE) });
  const send = async (value: string) =>
    (await app.send("in", { headers: { "Flex-Sync-Webhook": value } })).status;
  for (const value of ["true", "TRUE", "True", "tRuE", " true ", "TeamsTask", "teamstask"])
    expect(await send(value), value).toBe(200);
  for (const value of ["false", "1", "yes", "", "truee", "true, true", "Teams Task"])
    expect(await send(value), value).toBe(202);
});

test("a function sets status, headers and body of a synchronous answer", async () => {
  const script = `export default (event, ctx) => ctx.respond({
    status: 201, headers: { "X-Own": "1", "Content-Type": "text/xml" }, body: "<a>é</a>" });`;
  const app = await start({ answer: fn("in", script) });
  const response = await app.send("in", SYNC);
  expect(response.status).toBe(201);
  expect(response.headers.get("x-own")).toBe("1");
  expect(response.headers.get("content-type")).toBe("text/xml");
  expect(await response.text()).toBe("<a>é</a>");
  expect((await app.ended(idOf(response))).status).toBe("SUCCESS");
  const asynchronous = await app.send("in");
  expect([asynchronous.status, asynchronous.headers.get("x-own")]).toEqual([202, null]);
});

test("a body of an answer that is no text is sent as JSON", async () => {
  const app = await start({
    json: fn("in", "export default (event, ctx) => ctx.respond({ body: { a: [event.payload] } });"),
  });
  const response = await app.send("in", { ...SYNC, body: "x" });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  expect(await response.json()).toEqual({ a: ["x"] });
});

test.each([204, 304, 205])("an answer of status %i is sent without a body", async (status) => {
  const script = `export default (event, ctx) => ctx.respond({ status: ${status}, body: "not allowed" });`;
  const app = await start({ answer: fn("in", script), fine: fn("fine", FINE) });
  const response = await app.send("in", SYNC);
  expect([response.status, await response.text()]).toEqual([status, ""]);
  expect((await app.send("fine", SYNC)).status).toBe(200);
});

test("a function that sets an answer and then fails is answered 500", async () => {
  const script =
    'export default (event, ctx) => { ctx.respond({ status: 200 }); throw new Error("x"); };';
  const app = await start({ answer: fn("in", script) });
  expect((await app.send("in", SYNC)).status).toBe(500);
});

test("a call is synchronous when its function or provider is marked sync", async () => {
  const byFunction = await start({
    one: fn("in", sleepy(50), { sync: true }),
    two: fn("in", FINE),
    other: fn("other", FINE),
  });
  expect((await byFunction.send("in")).status).toBe(200);
  expect((await byFunction.send("other")).status).toBe(202);
  const byProvider = await start(
    { one: fn("in", BROKEN) },
    provider("export default () => true;", { sync: true }),
  );
  expect((await byProvider.send("in")).status).toBe(500);
  expect((await byProvider.send("unmatched")).status).toBe(404);
});

test("the log shows which messages were answered synchronously, for any reason", async () => {
  const functions = {
    one: fn("in", FINE, { sync: true }),
    two: fn("in", FINE),
    other: fn("other", FINE),
  };
  const app = await start(functions);
  const syncOf = async (response: Response) => (await app.ended(idOf(response))).sync;
  expect(await syncOf(await app.send("in"))).toBe(true);
  expect(await syncOf(await app.send("other", SYNC))).toBe(true);
  expect(await syncOf(await app.send("other"))).toBe(false);
  expect(await syncOf(await app.send("unmatched", SYNC))).toBe(true);
  const isSync = (await listed(app)).slice(0, 4).map(({ sync }) => sync);
  expect(isSync).toEqual([true, false, true, true]);
  const original = idOf(await app.send("in"));
  const resubmitted = async (init: RequestInit) =>
    syncOf(await app.api(`/messages/${original}/resubmit`, { method: "POST", ...init }));
  expect(await resubmitted({})).toBe(false);
  expect(await resubmitted(SYNC)).toBe(true);
  const ofProvider = await start({}, provider("export default () => true;", { sync: true }));
  const unmatched = await ofProvider.ended(idOf(await ofProvider.send("in")));
  expect(unmatched).toMatchObject({ status: "UNMATCHED", sync: true });
});

test("a synchronous call that takes too long is answered 202, and its functions continue", async () => {
  await using app = await startParallelApp({
    providers: { anything: ANYTHING },
    functions: { slow: fn("in", sleepy(400)) },
    environment: { HOOKYARD_SYNC_TIMEOUT_MS: "100" },
  });
  const response = await app.send("in", SYNC);
  expect(response.status).toBe(202);
  const id = await idIn(response);
  const before = (await (await app.api(`/messages/${id}`)).json()) as MessageView;
  expect(before).toMatchObject({ status: "PENDING", sync: false });
  expect(await app.ended(id)).toMatchObject({ status: "SUCCESS", sync: false });
});

test("a late decision takes effect after the answer", async () => {
  const app = await impatient.with({
    providers: { anything: provider(`export default () => { ${spin(80)} };`) },
    functions: { fine: fn("in", FINE, { sync: true }) },
  });
  const response = await app.send("in");
  expect(response.status).toBe(202);
  const id = await idIn(response);
  const ended = { status: "SUCCESS", provider: "anything", sync: false };
  expect(await app.ended(id)).toMatchObject(ended);
  const unmatched = await app.ended(await idIn(await app.send("unmatched")));
  expect(unmatched).toMatchObject({ status: "UNMATCHED", provider: "anything" });
});

test("a message that a late decision rejects runs no function", async () => {
  const script = `export default () => true; export const verify = () => { ${spin(80)} return false; };`;
  const app = await impatient.with({
    providers: {
      anything: provider(script.replace("return true; return", "return"), {
        verification: "enforce",
      }),
    },
    functions: { fine: fn("in", FINE) },
  });
  const message = await app.ended(await idIn(await app.send("in")));
  expect(message).toMatchObject({ status: "REJECTED", executions: [] });
});

test("acceptStatus is the status of the asynchronous answer", async () => {
  const app = await start(
    { fine: fn("in", FINE) },
    provider("export default () => true;", { acceptStatus: 200 }),
  );
  const response = await app.send("in");
  expect(response.status).toBe(200);
  expect(Object.keys((await response.json()) as object)).toEqual(["messageId"]);
});

const REFUSING = `export default () => true;
export const verify = () => ({ ok: false, reason: "expected signature abc123" });`;

test.each(MODES)(
  "a failed verification under enforce is answered 401 when %s, and no function runs",
  async (_, init) => {
    const app = await start(
      { fine: fn("in", FINE) },
      provider(REFUSING, { verification: "enforce", sync: false }),
    );
    const response = await app.send("in", init);
    expect(response.status).toBe(401);
    const text = `${JSON.stringify([...response.headers])}${await response.text()}`;
    expect(text).not.toMatch(/abc123|expected|signature|reason/);
    const message = await app.ended(idOf(response));
    expect(message).toMatchObject({ status: "REJECTED", executions: [] });
    expect(message.verification).toMatchObject({ mode: "enforce", result: "failed" });
  },
);

test.each([
  ["throws", 'throw new Error("expected abc123")'],
  ["loops forever", "for (;;);"],
  ["returns nothing", ""],
  ["returns something truthy", "return 1;"],
  ["returns an object without ok", 'return { ok: "true" };'],
  ["never settles", "return new Promise(() => {});"],
])("a verify script that %s fails closed", async (_, body) => {
  const script = `export default () => true; export const verify = () => { ${body} };`;
  const app = await start({ fine: fn("in", FINE) }, provider(script, { verification: "enforce" }));
  const response = await app.send("in", SYNC);
  expect(response.status).toBe(401);
  expect(await response.text()).not.toContain("abc123");
  expect(await app.ended(idOf(response))).toMatchObject({ status: "REJECTED", executions: [] });
});

test("a failed verification under report is recorded, and the functions run", async () => {
  const app = await start({ fine: fn("in", FINE) }, provider(REFUSING, { verification: "report" }));
  const response = await app.send("in", SYNC);
  expect(response.status).toBe(200);
  const message = await app.ended(idOf(response));
  expect(message).toMatchObject({
    status: "SUCCESS",
    verification: { mode: "report", result: "failed" },
  });
});

test("a verification that is off does not run", async () => {
  const app = await start({ fine: fn("in", FINE) }, provider(REFUSING, { verification: "off" }));
  const response = await app.send("in", SYNC);
  expect(response.status).toBe(200);
  const { verification } = await app.ended(idOf(response));
  expect(verification).toMatchObject({ mode: "off", result: "skipped" });
});

test("auto reports while no secret is set and enforces once one is; enforce without a secret rejects", async () => {
  const script = `export default () => true;
    export const verify = (event, ctx) => ctx.verify.token({ secret: ctx.properties.token, header: "x-token" });`;
  const properties = [{ name: "token", secret: true, env: "ANSWERS_TOKEN" }];
  const ask = async (verification: string, server: SharedApp, token: string) => {
    const app = await server.with({
      providers: { anything: provider(script, { verification, properties }) },
      functions: { fine: fn("in", FINE) },
    });
    return (await app.send("in", { headers: { ...SYNC.headers, "x-token": token } })).status;
  };
  expect(await ask("auto", shared, "x")).toBe(200);
  expect(await ask("auto", withSecret, "x")).toBe(401);
  expect(await ask("auto", withSecret, "the-right-token")).toBe(200);
  expect(await ask("enforce", shared, "x")).toBe(401);
});

test.each(MODES)(
  "a handshake is answered in the response when %s, and no function runs",
  async (_, init) => {
    const script = `export default () => true;
    export const handshake = ({ query }) => query.challenge &&
      ({ status: 200, headers: { "Content-Type": "text/plain", "X-Own": "1" }, body: query.challenge });`;
    const app = await start({ fine: fn("in", FINE) }, provider(script));
    const response = await app.send("in?challenge=abc", init);
    expect([response.status, await response.text()]).toEqual([200, "abc"]);
    expect(response.headers.get("x-own")).toBe("1");
    const message = await app.ended(idOf(response));
    expect(message).toMatchObject({ status: "HANDSHAKE", provider: "anything", executions: [] });
    expect((await app.ended(idOf(await app.send("in", init)))).status).toBe("SUCCESS");
  },
);

test("a handshake needs no function for its URI", async () => {
  const script = "export default () => true; export const handshake = () => ({ body: { ok: 1 } });";
  const app = await start({}, provider(script));
  const response = await app.send("anywhere");
  expect([response.status, await response.text()]).toEqual([200, '{"ok":1}']);
});

test("an invalid handshake answer leaves the message to its provider's functions", {
  timeout: 60_000,
}, async () => {
  const script = `export default () => true;
    export const handshake = ({ query }) => ({
      high: { status: 1000 }, low: { status: 101 }, half: { status: 200.5 }, text: { status: "abc" },
      none: { status: null }, body: { body: () => 1 }, symbol: { body: Symbol("x") },
      headers: { headers: null }, names: { headers: { "a b": "c", "x-y": "a\\r\\nb" } },
    })[query.c];`;
  const app = await start({ fine: fn("in", FINE) }, provider(script));
  const found: Record<string, string | null> = {};
  const cases = ["high", "low", "half", "text", "none", "body", "symbol", "headers", "names"];
  for (const name of cases)
    found[name] = (await app.ended(idOf(await app.send(`in?c=${name}`)))).provider;
  expect(found).toEqual(Object.fromEntries(cases.map((name) => [name, "anything"])));
});

const ONCE = provider(
  'export default () => true; export const deliveryId = ({ headers }) => headers["x-id"];',
  { dedupe: 60 },
);

test.each([
  ["200", "fine", FINE, 200],
  [
    "its own answer",
    "own",
    "export default (e, ctx) => ctx.respond({ status: 203, body: e.id })",
    203,
  ],
] as const)(
  "a duplicate of a delivery answered with %s gets the same answer and runs no function",
  async (_, uri, script, status) => {
    const app = await start({ only: fn(uri, script) }, ONCE);
    const init = { headers: { ...SYNC.headers, "x-id": "1" } };
    const first = await app.send(uri, init);
    const second = await app.send(uri, init);
    expect([first.status, second.status]).toEqual([status, status]);
    const message = await app.ended(idOf(second));
    expect(message).toMatchObject({
      status: "DUPLICATE",
      duplicateOf: idOf(first),
      executions: [],
    });
    const [firstText, secondText] = [await first.text(), await second.text()];
    expect(secondText.replaceAll(idOf(second), idOf(first))).toBe(firstText);
  },
);

test("20 simultaneous deliveries of one id run the functions once and get the same answer", async () => {
  const app = await start({ slow: fn("in", sleepy(100)) }, ONCE);
  for (const headers of [{ ...SYNC.headers, "x-id": "a" }, { "x-id": "b" }]) {
    const all = await Promise.all(Array.from({ length: 20 }, () => app.send("in", { headers })));
    expect(new Set(all.map(({ status }) => status)).size).toBe(1);
    const messages = await Promise.all(all.map((response) => app.ended(idOf(response))));
    const firsts = messages.filter(({ status }) => status === "SUCCESS");
    expect(firsts).toHaveLength(1);
    expect(firsts[0]?.executions).toHaveLength(1);
    const others = messages.filter(({ status }) => status === "DUPLICATE");
    expect(new Set(others.map(({ duplicateOf }) => duplicateOf))).toEqual(new Set([firsts[0]?.id]));
    expect(others).toHaveLength(19);
  }
});

test("a message with another id, no id, or another URI is no duplicate", async () => {
  const app = await start({ one: fn("one", FINE), two: fn("two", FINE) }, ONCE);
  const send = async (uri: string, headers: Record<string, string>) =>
    (await app.ended(idOf(await app.send(uri, { headers })))).status;
  expect(await send("one", { "x-id": "1" })).toBe("SUCCESS");
  expect(await send("one", { "x-id": "2" })).toBe("SUCCESS");
  expect(await send("two", { "x-id": "1" })).toBe("SUCCESS");
  expect([await send("one", {}), await send("one", {})]).toEqual(["SUCCESS", "SUCCESS"]);
  expect(await send("one", { "x-id": "1" })).toBe("DUPLICATE");
});

test("a synchronous duplicate with a late decision gets the answer of the first", async () => {
  const script = `export default () => { ${spin(80)} }; export const deliveryId = () => "1";`;
  const app = await parallel.with({
    providers: { anything: provider(script, { dedupe: 60 }) },
    functions: { fine: fn("in", FINE) },
  });
  expect((await app.send("in", SYNC)).status).toBe(200);
  expect((await app.send("in", SYNC)).status).toBe(200);
});

/** Sends the request target unchanged, because `fetch` normalizes it. */
async function statusOf(app: TestApp, target: string): Promise<number> {
  const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    `POST ${target} HTTP/1.1\r\nHost: x\r\nflex-sync-webhook: true\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  );
  let text = "";
  for await (const chunk of socket) text += chunk;
  return Number(text.split(" ")[1]);
}

test("a path is decoded and normalized to its URI", async () => {
  const app = await start({
    plain: fn("git/push", FINE),
    space: fn("a b/ü", FINE),
    root: fn("", FINE),
  });
  const before = (await listed(app)).length;
  const base = "/webhooks/v1";
  const right = [
    "/git/push",
    "/git/push/",
    "/git/push///",
    "//git/push",
    "/git/push?a/b=%zz&c",
    "/%67it/pu%73h",
    "/a%20b/%C3%BC",
    "",
    "/",
    "/?x",
  ];
  for (const path of right) expect(await statusOf(app, base + path), path).toBe(200);
  for (const path of ["/Git/push", "/git/PUSH", "/git", "/git/push/x", "/git//push", "/a+b/%C3%BC"])
    expect(await statusOf(app, base + path), path).toBe(404);
  for (const path of ["/git/%zz", "/%", "/git/push%2", "/%ff", "/%C3", "/%ED%A0%80"])
    expect(await statusOf(app, base + path), path).toBe(400);
  expect(await statusOf(app, `http://any.example${base}/git/push?x`)).toBe(200);
  expect(await listed(app)).toHaveLength(before + right.length + 7);
});

test("a malformed escape is answered with problem details", async () => {
  const app = await start({});
  const response = await app.send("a%zz");
  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(await response.json()).toMatchObject({ status: 400, code: "malformed_path" });
});

test("each function whose URI or pattern matches runs, with the values of its parameters", async () => {
  const uris = {
    "all-of": "**",
    exact: "repo/a/push",
    named: "repo/:name/push",
    "two-named": ":kind/:name/push",
    star: "repo/*/push",
    rest: "repo/**",
    "other-case": "repo/A/push",
    longer: "repo/a/push/:x",
    shorter: "repo/*",
  };
  const app = await start(
    Object.fromEntries(Object.entries(uris).map(([name, uri]) => [name, fn(uri, FINE)])),
  );
  const ran = async (path: string) => {
    const { executions } = await app.ended(idOf(await app.send(path)));
    return Object.fromEntries(executions.map((one) => [one.function, one.params]));
  };
  const [everything, rest] = [{ "all-of": {} }, { "all-of": {}, rest: {} }];
  expect(await ran("repo/a/push")).toEqual({
    ...rest,
    exact: {},
    named: { name: "a" },
    "two-named": { kind: "repo", name: "a" },
    star: {},
  });
  expect(await ran("repo/x%2Fy%20z/push")).toEqual({
    ...rest,
    named: { name: "x/y z" },
    "two-named": { kind: "repo", name: "x/y z" },
    star: {},
  });
  expect(await ran("repo/:name/push")).toMatchObject({ named: { name: ":name" } });
  expect(await ran("repo/x")).toEqual({ ...rest, shorter: {} });
  expect(await ran("repo//push")).toEqual(rest);
  expect(await ran("repo/a/push/__proto__")).toEqual({ ...rest, longer: { x: "__proto__" } });
  expect(await ran("elsewhere")).toEqual(everything);
});

test("an escaped slash is part of its segment and does not separate segments", async () => {
  const app = await start({ two: fn("a/b", FINE), one: fn(":only", FINE) });
  const { executions } = await app.ended(idOf(await app.send("a%2Fb")));
  expect(executions.map((one) => [one.function, one.params])).toEqual([["one", { only: "a/b" }]]);
});

test("further base paths reach the same functions, and no other path does", async () => {
  await using app = await startParallelApp({
    providers: { anything: ANYTHING },
    functions: { fine: fn("in", "export default (event) => event.path;") },
    environment: { HOOKYARD_BASE_PATHS: "/flexdeploy/webhooks/v1, /hooks" },
  });
  for (const path of ["/webhooks/v1/in", "/flexdeploy/webhooks/v1/in", "/hooks/in/"]) {
    const response = await fetch(app.url + path, { method: "POST", ...SYNC });
    expect(response.status, path).toBe(200);
    expect((await app.ended(idOf(response))).executions[0]?.result).toBe(path);
  }
  for (const path of ["/in", "/Webhooks/v1/in", "/hooksin", "/webhooks/v1x/in", "/webhooks"])
    expect(await statusOf(app, path), path).toBe(404);
  expect(await listed(app)).toHaveLength(3);
});

test("a function that fails does not stop the other functions", async () => {
  const app = await start({
    a: fn("in", BROKEN),
    b: fn("in", FINE),
    c: fn("in", "export default () => { for (;;); };", { cpuMs: 50 }),
    d: fn("in", FINE, { order: 1 }),
    e: fn("in", BROKEN, { order: 1 }),
    f: fn("in", FINE, { order: 2 }),
  });
  const message = await app.ended(await idIn(await app.send("in")));
  expect(message.status).toBe("FAILED");
  const statuses = Object.fromEntries(message.executions.map((one) => [one.function, one.status]));
  const [S, F] = ["SUCCESS", "FAILED"];
  expect(statuses).toEqual({ a: F, b: S, c: F, d: S, e: F, f: S });
});

test("functions with an order run after those without, lowest first, and equal orders run in parallel", async () => {
  const script =
    "export default async (event, ctx) => { const from = Date.now(); await ctx.sleep(60); return [from, Date.now()]; };";
  const orders = { third: 5, "second-b": -1, "second-a": -1, first: undefined };
  const app = await start(
    Object.fromEntries(
      Object.entries(orders).map(([name, order]) => [name, fn("in", script, { order })]),
    ),
  );
  const { executions } = await app.ended(await idIn(await app.send("in")));
  const times = new Map(executions.map((one) => [one.function, one.result as [number, number]]));
  const [from, to] = [0, 1].map(
    (index) => (name: string) => times.get(name)?.[index] ?? Number.NaN,
  );
  if (from === undefined || to === undefined) throw new Error("there are two times");
  expect(from("second-a")).toBeGreaterThanOrEqual(to("first"));
  expect(from("second-b")).toBeGreaterThanOrEqual(to("first"));
  expect(from("second-a")).toBeLessThan(to("second-b"));
  expect(from("third")).toBeGreaterThanOrEqual(Math.max(to("second-a"), to("second-b")));
});

const RETRY = { retry: { maxAttempts: 3, backoffMs: 20, factor: 1 } };

test("a failed function is retried up to its limit, and a synchronous caller waits for it", async () => {
  const app = await start({
    recovers: fn(
      "one",
      "export default ({ attempt }) => { if (attempt < 3) throw new Error('not yet'); return attempt; };",
      RETRY,
    ),
    fails: fn("two", BROKEN, RETRY),
    once: fn("three", BROKEN),
  });
  const ask = async (uri: string) => {
    const response = await app.send(uri, SYNC);
    const { executions, message } = await app.ended(idOf(response));
    return [response.status, executions[0]?.attempts.map(({ outcome }) => outcome), message];
  };
  // The error of earlier attempts is no longer shown.
  expect(await ask("one")).toEqual([200, ["SCRIPT_ERROR", "SCRIPT_ERROR", "SUCCESS"], null]);
  const thrice = ["SCRIPT_ERROR", "SCRIPT_ERROR", "SCRIPT_ERROR"];
  expect(await ask("two")).toEqual([500, thrice, expect.stringContaining("Error: ")]);
  expect(await ask("three")).toEqual([500, ["SCRIPT_ERROR"], expect.stringContaining("Error: ")]);
});

test("an ordered function waits while an earlier one is retried", async () => {
  const app = await start({
    first: fn(
      "in",
      "export default ({ attempt }) => { if (attempt < 3) throw new Error('x'); return Date.now(); };",
      { ...RETRY, order: 1 },
    ),
    second: fn("in", "export default () => Date.now();", { order: 2 }),
  });
  const { status, executions } = await app.ended(await idIn(await app.send("in")));
  expect(status).toBe("SUCCESS");
  const [first, second] = executions.map(({ result }) => Number(result));
  expect(second).toBeGreaterThanOrEqual(first ?? Number.NaN);
});

test("ctx.Fatal ends the retries", async () => {
  const script = "export default (event, ctx) => { throw new ctx.Fatal('never'); };";
  const app = await start({ fatal: fn("in", script, RETRY) });
  const message = await app.ended(await idIn(await app.send("in")));
  expect(message.status).toBe("FAILED");
  expect(message.executions[0]?.attempts).toHaveLength(1);
});

test("ctx.retryAfter sets the time of the next attempt", async () => {
  const script = `export default ({ attempt }, ctx) => {
    if (attempt > 1) return Date.now();
    ctx.retryAfter(0.2);
    ctx.setMessage(String(Date.now()));
    throw new Error("later");
  };`;
  const retry = { maxAttempts: 2, backoffMs: 60_000 };
  const app = await start({ later: fn("in", script, { retry }) });
  const sentAt = Date.now();
  const { executions } = await app.ended(await idIn(await app.send("in")));
  expect(executions[0]?.status).toBe("SUCCESS");
  expect(Number(executions[0]?.result) - sentAt).toBeGreaterThanOrEqual(200);
});

test("only true matches: another truthy value does not match and leaves a warning", async () => {
  const next = provider("export default () => true;", { priority: 9 });
  const values = ["1", '"true"', "({ ok: true })", "new Boolean(true)", "[]", "Promise.resolve(1)"];
  const quiet = ["false", "0", "null", "undefined", '""'];
  const entries = [...values, ...quiet].map((value, index) => [
    `p${index}`,
    provider(`export default () => ${value};`, { priority: index < 9 ? 1 : 2 }),
  ]);
  const app = await parallel.with({
    providers: { ...Object.fromEntries(entries), next },
    functions: { fine: fn("in", FINE, { provider: "next" }) },
  });
  const { provider: winner, trace } = await app.ended(await idIn(await app.send("in")));
  expect(winner).toBe("next");
  expect(trace).toHaveLength(12);
  for (const entry of trace) {
    const value = values[Number(entry.provider.slice(1))];
    expect(entry.warning === undefined, entry.provider).toBe(value === undefined);
    expect(entry.matched).toBe(entry.provider === "next");
  }
});

test("a promise of true matches", async () => {
  const app = await start({ fine: fn("in", FINE) }, provider("export default async () => true;"));
  expect((await app.send("in", SYNC)).status).toBe(200);
});

test.each([
  ["throws", 'throw new Error("oh");', "SCRIPT_ERROR"],
  ["throws nothing in particular", "throw undefined;", "SCRIPT_ERROR"],
  ["rejects", 'return Promise.reject(new Error("oh"));', "SCRIPT_ERROR"],
  ["loops forever", "for (;;);", "CPU_LIMIT"],
  [
    "loops in promises forever",
    "const again = () => Promise.resolve().then(again); return again();",
    "CPU_LIMIT",
  ],
  ["never settles", "return new Promise(() => {});", "TIMEOUT"],
  [
    "takes all memory",
    "const all = []; for (;;) all.push(new Array(1e5).fill(1.5));",
    "MEMORY_LIMIT|CPU_LIMIT",
  ],
])("a match script that %s does not match, and the next one runs", async (_, body, kind) => {
  const app = await parallel.with({
    providers: {
      first: provider("export default () => false;"),
      second: provider(`export default () => {\n${body}\n};`, { priority: 2 }),
      third: provider("export default () => true;", { priority: 3 }),
      fourth: provider("export default () => true;", { priority: 4 }),
    },
    functions: { fine: fn("in", FINE, { provider: "third" }) },
  });
  const startedAt = Date.now();
  const message = await app.ended(await idIn(await app.send("in")));
  expect(Date.now() - startedAt).toBeLessThan(HANG_MS);
  expect(message).toMatchObject({ status: "SUCCESS", provider: "third" });
  expect(message.trace.map((entry) => [entry.provider, entry.matched])).toEqual([
    ["first", false],
    ["second", false],
    ["third", true],
  ]);
  const kinds = message.trace.map(({ error }) => error?.kind);
  expect(kinds).toEqual([undefined, expect.stringMatching(`^(${kind})$`), undefined]);
});

test("several match scripts that hang do not keep the next one from running", async () => {
  const hanging = (priority: number) =>
    provider("export default () => { for (;;); };", { priority });
  const app = await parallel.with({
    providers: {
      one: hanging(1),
      two: hanging(2),
      three: hanging(3),
      good: provider("export default () => true;", { priority: 4 }),
    },
    functions: { fine: fn("in", FINE, { provider: "good" }) },
  });
  const message = await app.ended(await idIn(await app.send("in")));
  expect(message).toMatchObject({ status: "SUCCESS", provider: "good" });
  expect(message.trace.map(({ error }) => error?.kind)).toEqual([
    "CPU_LIMIT",
    "CPU_LIMIT",
    "CPU_LIMIT",
    undefined,
  ]);
});

test("the trace has the script's line, its version and its log", async () => {
  const script =
    'export default (event, ctx) => {\n  ctx.log.info("asked", event.uri);\n  throw new TypeError("oh");\n};';
  const app = await start({}, provider(script));
  const { trace } = await app.ended(await idIn(await app.send("in")));
  expect(trace[0]).toMatchObject({
    provider: "anything",
    version: expect.stringMatching(/^\w+$/),
    matched: false,
    durationMs: expect.any(Number),
    error: { kind: "SCRIPT_ERROR", name: "TypeError", message: "oh", line: 3, column: 9 },
    logs: [{ level: "info", text: "asked in" }],
  });
});
