/** A running call ends when its token is deleted, recreated, changed or expires. */
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Permission } from "../../src/model/permission.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

/** A bound on hangs. The promise is one second on an idle machine. */
const WITHIN_MS = 8000;
const ALL: readonly Permission[] = ["messages:read", "messages:details", "messages:resubmit"];

let app: TestApp;
let count = 0;

beforeAll(async () => {
  app = await startTestApp({
    providers: {
      anything: { ...ANYTHING, json: { priority: 1, properties: [{ name: "plain" }] } },
    },
    functions: {
      ends: fn("x", "export default () => 1;"),
      slow: fn("slow", "export default (event, ctx) => ctx.sleep(30_000);", { timeoutMs: 60_000 }),
    },
  });
});
afterAll(() => app[Symbol.asyncDispose]());

async function make(name: string, permissions: readonly Permission[], expiresAt?: string) {
  const body = JSON.stringify({ name, permissions, ...(expiresAt && { expiresAt }) });
  const response = await app.api("/tokens", { method: "POST", body });
  expect(response.status).toBe(201);
  const { token } = (await response.json()) as { token: string };
  return token;
}

const newName = () => `token-${count++}`;
const remove = async (name: string) =>
  expect((await app.api(`/tokens/${name}`, { method: "DELETE" })).status).toBe(204);

const call = (token: string, path: string, init: RequestInit = {}) =>
  fetch(`${app.url}/api/v1${path}`, { ...init, headers: { authorization: `Bearer ${token}` } });

const post = (token: string, path: string, body: object) =>
  call(token, path, { method: "POST", body: JSON.stringify(body) });

/** Changes a token in the database, like another process or a database tool. */
function changeRow(set: string, name: string): void {
  const sqlite = new Database(join(app.folder, "data/hookyard.db"), { timeout: 5000 });
  sqlite.prepare(`UPDATE token SET ${set} WHERE name = ?`).run(name);
  sqlite.close();
}

const ENDINGS: readonly (readonly [string, (name: string) => unknown])[] = [
  ["is deleted", remove],
  [
    "is deleted and made again with the same name and permissions",
    async (name) => {
      await remove(name);
      await make(name, ALL);
    },
  ],
  [
    "is deleted and made again with fewer permissions",
    async (name) => {
      await remove(name);
      await make(name, ["messages:read"]);
    },
  ],
  ["loses a permission", (name) => changeRow(`permissions = '["messages:read"]'`, name)],
  ["expires", (name) => changeRow("expires_at = 1", name)],
];

const STREAMS = ["/messages/events", "/messages/events?q=needle"];
test.each(ENDINGS.flatMap(([what, end]) => STREAMS.map((path) => [path, what, end] as const)))(
  "%s ends when its token %s, also when nothing happens",
  async (path, _what, end) => {
    const name = newName();
    const response = await call(await make(name, ALL), path);
    expect(response.status).toBe(200);
    const text = response.text();
    await end(name);
    const streamed = await Promise.race([
      text,
      new Promise<string>((resolve) => setTimeout(resolve, WITHIN_MS, "it goes on")),
    ]);
    expect(streamed).toMatch(/event: end\ndata: \{"code":"refused"/);
  },
);

test("a stream ends when its token expires", async () => {
  const expiresAt = new Date(Date.now() + 1500).toISOString();
  const response = await call(await make(newName(), ALL, expiresAt), "/messages/events");
  expect(await response.text()).toContain('"refused"');
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
});

test("the stream of another token continues, also of a token with the same permissions", async () => {
  const [gone, stays] = [newName(), newName()];
  const first = await call(await make(gone, ALL), "/messages/events");
  const second = await call(await make(stays, ALL), "/messages/events");
  const aborted = new AbortController();
  let streamed = "";
  const reading = (async () => {
    for await (const chunk of second.body?.pipeThrough(new TextDecoderStream(), aborted) ?? [])
      streamed += chunk;
  })().catch(() => undefined);
  await remove(gone);
  await first.text();
  await app.send("none");
  await expect.poll(() => streamed).toContain("event: ended");
  expect(streamed).not.toContain("refused");
  aborted.abort();
  await reading;
});

test("a bulk resubmission stops, and the answer has the number of resubmitted messages", async () => {
  const sent = 400;
  for (let n = 0; n < sent; n += 50)
    await Promise.all(Array.from({ length: 50 }, () => app.send("x", { body: "bulk" })));
  const copies = async () => {
    const response = await app.api("/messages?limit=200&uri=x");
    const { items } = (await response.json()) as { items: { resubmittedFrom: string | null }[] };
    return items.filter(({ resubmittedFrom }) => resubmittedFrom !== null).length;
  };
  await expect
    .poll(async () => (await app.api("/messages?status=PENDING&uri=x")).text())
    .toContain('"items":[]');
  const name = newName();
  const bulk = post(await make(name, ALL), "/messages/resubmit", { uri: "x" });
  await expect.poll(copies, { interval: 1 }).toBeGreaterThan(0);
  await remove(name);
  const answer = await bulk;
  expect(answer.status).toBe(401);
  const { detail } = (await answer.json()) as { detail: string };
  const [, done, of] = /^(\d+) of (\d+) messages were resubmitted/.exec(detail) ?? [];
  expect(Number(of)).toBe(sent);
  expect(Number(done)).toBeLessThan(sent);
});

test("a slow download is cut off", async () => {
  const id = await idIn(await app.send("x", { body: Buffer.alloc(20 * 1024 * 1024, "a") }));
  const name = newName();
  const token = await make(name, ALL);
  const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(
    `GET /api/v1/messages/${id}/body HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`,
  );
  const [head] = (await once(socket, "data")) as [Buffer];
  expect(head.toString("latin1")).toMatch(/^HTTP\/1.1 200/);
  let bytes = head.length;
  // The client reads about 64 KB at a time, so the whole body would take far longer than the cut takes.
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    socket.pause();
    setTimeout(() => socket.resume(), 25);
  });
  await remove(name);
  await once(socket, "close");
  expect(bytes).toBeLessThan(20 * 1024 * 1024);
});

test("a test run and a waiting resubmission are refused, and a backtest is cancelled", async () => {
  const id = await idIn(await app.send("slow", { body: "{}" }));
  const name = newName();
  const token = await make(name, [...ALL, "scripts:write", "scripts:read"]);
  const sleeps = "export default (event, ctx) => ctx.sleep(30_000);";
  const tried = post(token, "/test-runs", {
    function: { name: "draft", provider: "anything", timeoutMs: 60_000 },
    script: sleeps,
    request: { uri: "x" },
  });
  const started = await post(token, "/backtests", {
    functions: [{ name: "slow", script: sleeps, timeoutMs: 60_000 }],
    filter: { uri: "slow" },
  });
  expect(started.status).toBe(202);
  const { id: backtest } = (await started.json()) as { id: string };
  const waited = fetch(`${app.url}/api/v1/messages/${id}/resubmit`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "flex-sync-webhook": "true" },
    body: "{}",
  });
  await expect
    .poll(async () => (await app.api("/messages?uri=slow")).text())
    .toContain(`"resubmittedFrom":"${id}"`);
  await remove(name);
  expect([(await tried).status, (await waited).status]).toEqual([401, 401]);
  const state = async () => (await app.api(`/backtests/${backtest}`)).json();
  await expect.poll(state).toMatchObject({
    state: "CANCELLED",
    problem: expect.stringContaining("token"),
  });
});

test("queued changes are refused when their token ends meanwhile", async () => {
  const script = "export default () => 1;";
  const kept = { name: "kept", provider: "anything", uri: "kept" };
  expect((await post(TOKEN, "/functions", { ...kept, script })).status).toBe(201);
  const before = await (await app.api("/functions/kept")).json();
  const slow = `const end = Date.now() + 700; while (Date.now() < end);\n${script}`;
  const first = post(TOKEN, "/functions", { ...kept, name: "first", script: slow });
  const name = newName();
  const token = await make(name, ["scripts:write"]);
  const change = (method: string, path: string, body?: object) =>
    call(token, path, { method, ...(body && { body: JSON.stringify(body) }) });
  const changes = [
    change("POST", "/functions", { ...kept, name: "second", script }),
    change("PATCH", "/functions/kept", { description: "changed" }),
    change("POST", "/functions/kept/versions/1/activate"),
    change("PUT", "/providers/anything/properties/plain", { value: "changed" }),
    change("DELETE", "/providers/anything/properties/plain"),
    change("DELETE", "/functions/kept"),
  ];
  const used = async () => (await app.api("/tokens")).text();
  await expect.poll(used, { interval: 5 }).toMatch(new RegExp(`"${name}"[^}]*"lastUsedAt":"`));
  await remove(name);
  expect((await Promise.all(changes)).map(({ status }) => status)).toEqual(Array(6).fill(401));
  expect((await first).status).toBe(201);
  // The refused change has left the queue before the next change is made.
  expect((await call(TOKEN, "/functions/first", { method: "DELETE" })).status).toBe(204);
  expect((await app.api("/functions/second")).status).toBe(404);
  expect(await (await app.api("/functions/kept")).json()).toEqual(before);
  expect(await (await app.api("/providers/anything")).text()).not.toContain('"value"');
});

test("a token can delete itself", async () => {
  const name = newName();
  const token = await make(name, ["admin"]);
  expect((await call(token, `/tokens/${name}`, { method: "DELETE" })).status).toBe(204);
  expect((await call(token, "/tokens")).status).toBe(401);
});
