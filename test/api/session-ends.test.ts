/** A session ends, and with it every call that is made with it. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import type { Json } from "../support/json.ts";
import { SharedApp } from "../support/shared-app.ts";
import {
  call,
  inDatabase,
  makeToken,
  type SignedIn,
  signIn,
  signInWith,
} from "../support/signed-in.ts";
import { idIn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

const shared = new SharedApp();
const WAITS = { timeout: 20_000, interval: 200 };

const change = (set: string) => (app: TestApp, name: string) =>
  inDatabase(app, (sqlite) => sqlite.prepare(`UPDATE token SET ${set} WHERE name = ?`).run(name));
const ENDINGS: readonly (readonly [
  string,
  (app: TestApp, name: string, one: SignedIn) => unknown,
])[] = [
  [
    "an administrator ends it",
    (app, _, { session }) => app.api(`/sessions/${session.id}`, { method: "DELETE" }),
  ],
  [
    "the person signs out",
    (app, _, one) => call(app, one, "/sessions/current", { method: "DELETE" }),
  ],
  ["its token is deleted", (app, name) => app.api(`/tokens/${name}`, { method: "DELETE" })],
  ["its token expires", change("expires_at = 1")],
  ["its token loses a permission", change(`permissions = '["messages:read"]'`)],
  [
    "its row is deleted",
    (app, _, { session }) =>
      inDatabase(app, (sqlite) =>
        sqlite.prepare("DELETE FROM session WHERE id = ?").run(session.id),
      ),
  ],
];

test.each(ENDINGS)(
  "the stream of a session ends when %s, and so do slow downloads",
  async (_, end) => {
    const app = await shared.app();
    const { name, token } = await makeToken(app, ["messages:read", "messages:details"]);
    const one = await signIn(app, { token });
    const other = await signIn(app);
    const id = await idIn(await app.send("x", { body: Buffer.alloc(8 * 1024 * 1024, "a") }));
    const streams = await Promise.all(
      [one, other].map((who) => call(app, who, "/messages/events")),
    );
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(
      `GET /api/v1/messages/${id}/body HTTP/1.1\r\nhost: x\r\ncookie: ${one.cookie}\r\n\r\n`,
    );
    const [head] = (await once(socket, "data")) as [Buffer];
    expect(head.toString("latin1")).toMatch(/^HTTP\/1.1 200/);
    socket.pause();
    await end(app, name, one);
    expect(await streams[0]?.text()).toMatch(/event: end\ndata: \{"code":"refused"/);
    socket.resume();
    await once(socket, "close");
    expect(socket.bytesRead).toBeLessThan(8 * 1024 * 1024);
    expect((await call(app, other, "/sessions/current")).status).toBe(200);
    await streams[1]?.body?.cancel();
  },
);

test("a session ends without use, and at its latest end; guesses of all kinds are slowed down together", async () => {
  await using app = await startTestApp({
    environment: {
      HOOKYARD_SESSION_IDLE_SECONDS: "2",
      HOOKYARD_SESSION_MAX_SECONDS: "4",
      HOOKYARD_PUBLIC_URL: "https://hooks.example.org/",
    },
  });
  const origin = "https://hooks.example.org";
  const current = (cookie: string) =>
    fetch(`${app.url}/api/v1/sessions/current`, { headers: { cookie } });
  const signedIn = async () => {
    const response = await signInWith(app, { token: TOKEN }, { origin });
    const setCookie = response.headers.get("set-cookie") ?? "";
    expect(setCookie).toMatch(/^__Host-hookyard_session=hks_\S+; .*Max-Age=4; Secure$/);
    const [cookie = ""] = setCookie.split(";");
    return { cookie, session: (await response.json()) as Json };
  };
  const [idle, used] = [await signedIn(), await signedIn()];
  const stream = await call(app, idle, "/messages/events");
  expect(stream.status).toBe(200);
  await expect.poll(async () => (await current(used.cookie)).status, WAITS).toBe(401);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(used.session.expiresAt));
  // A stream is no use: its page may have been left open.
  expect(await stream.text()).toMatch(/event: end\ndata: \{"code":"refused"/);
  expect((await (await current(idle.cookie)).json()) as Json).toMatchObject({
    detail: "this session has expired: sign in again",
  });
  const guesses = [
    () => signInWith(app, { token: "hky_guessed" }),
    () => signInWith(app, { code: "hkl_guessed" }),
    () => current("__Host-hookyard_session=hks_guessed"),
    () => app.api("/messages", { headers: { authorization: "Bearer hky_guessed" } }),
  ];
  const statuses: number[] = [];
  for (let n = 0; n < 3; n++) for (const guess of guesses) statuses.push((await guess()).status);
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  for (const guess of guesses) {
    const refused = await guess();
    expect([refused.status, Number(refused.headers.get("retry-after"))]).toEqual([
      429,
      expect.any(Number),
    ]);
  }
  expect((await current((await signedIn()).cookie)).status).toBe(200);
});
