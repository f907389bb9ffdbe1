/** `GET /messages/events`: which events a client gets, from which position, and how the stream ends. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { EventStream } from "../../src/admin/event-stream.ts";
import { MessageFollower } from "../../src/admin/follow.ts";
import { MessageFeed } from "../../src/admin/message-feed.ts";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

const shared = new SharedApp();

interface Told {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: { readonly id?: string; readonly status?: string; readonly code?: string };
}

/** Reads events from the stream as they arrive. */
class Following implements Disposable {
  readonly events: Told[] = [];
  readonly #abort = new AbortController();
  status = 0;
  ended = false;

  static async start(app: TestApp, query = "", headers: Record<string, string> = {}) {
    const following = new Following();
    const response = await fetch(`${app.url}/api/v1/messages/events?${query}`, {
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      signal: following.#abort.signal,
    });
    following.status = response.status;
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    void following.#read(response).catch(() => undefined);
    return following;
  }

  async #read(response: Response): Promise<void> {
    let text = "";
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const frames = text.split("\n\n");
      text = frames.pop() ?? "";
      for (const frame of frames) this.#take(frame);
    }
    this.ended = true;
  }

  #take(frame: string): void {
    const fields = new Map(frame.split("\n").map((line) => [line.split(": ")[0], line]));
    const value = (name: string) => fields.get(name)?.slice(name.length + 2);
    const [event, data] = [value("event"), value("data")];
    if (event !== undefined && data !== undefined)
      this.events.push({ event, id: value("id"), data: JSON.parse(data) });
  }

  /** Resolves with the events once `count` of them have arrived. */
  async told(count: number): Promise<readonly (readonly unknown[])[]> {
    await expect.poll(() => this.events.length).toBeGreaterThanOrEqual(count);
    return this.events.map(({ event, data }) => [event, data.id]);
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }
}

const installation = {
  providers: { anything: ANYTHING },
  functions: {
    good: fn("good", "export default () => 1;"),
    bad: fn("bad", "export default () => { throw new Error('x'); };"),
  },
};

test("each message is sent to the clients whose filter it fits, when it is accepted and when it has ended", async () => {
  const app = await shared.with(installation);
  using all = await Following.start(app);
  using failed = await Following.start(app, "status=FAILED&provider=anything");
  using some = await Following.start(app, "q=needle&uri=good");
  const good = await idIn(await app.send("good", { body: "a NEEDLE" }));
  await app.ended(good);
  const bad = await idIn(await app.send("bad", { body: "a needle" }));
  await app.ended(bad);
  const none = await idIn(await app.send("none"));
  expect(await all.told(6)).toEqual([
    ["accepted", good],
    ["ended", good],
    ["accepted", bad],
    ["ended", bad],
    ["accepted", none],
    ["ended", none],
  ]);
  expect(all.events.at(-1)?.data.status).toBe("UNMATCHED");
  expect((await failed.told(1)).at(-1)).toEqual(["ended", bad]);
  expect(new Set((await some.told(2)).map(([, id]) => id))).toEqual(new Set([good]));
});

test("a client continues after its last event, and gets a `gap` event when the server no longer has that event", async () => {
  const app = await shared.with(installation);
  let place: string | undefined;
  {
    using before = await Following.start(app);
    await app.send("none");
    await before.told(2);
    place = before.events[0]?.id;
  }
  const second = await idIn(await app.send("none"));
  using after = await Following.start(app, "", { "last-event-id": place ?? "" });
  const [first, ...others] = await after.told(3);
  expect(first?.[0]).toBe("ended");
  expect(others).toEqual([
    ["accepted", second],
    ["ended", second],
  ]);
  using lost = await Following.start(app, "", { "last-event-id": "other-5-1700000000000" });
  await lost.told(1);
  expect(lost.events[0]).toMatchObject({
    event: "gap",
    data: { since: "2023-11-14T22:13:20.000Z" },
  });
});

test("clients get an `end` event when the server stops, and do not delay the stop", async () => {
  const app = await startTestApp(installation);
  using following = await Following.start(app);
  const startedAt = performance.now();
  await app[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await expect.poll(() => following.ended).toBe(true);
  expect(following.events.at(-1)).toMatchObject({ event: "end", data: { code: "stopping" } });
});

const tokenFor = async (app: TestApp, name: string) => {
  const body = JSON.stringify({ name, permissions: ["messages:read"] });
  const response = await app.api("/tokens", { method: "POST", body });
  const { token } = (await response.json()) as { token: string };
  return { authorization: `Bearer ${token}` };
};

test("an unknown filter is refused, HEAD sends no events, and at most ten clients of a token and fifty in all follow", async () => {
  const app = await shared.with(installation);
  expect((await app.api("/messages/events?colour=red")).status).toBe(400);
  expect((await app.api("/messages/events", { method: "HEAD" })).status).toBe(200);
  const followers: Following[] = [];
  try {
    for (let n = 0; n < 5; n++) {
      const headers = await tokenFor(app, `token-${n}`);
      for (let own = 0; own < 10; own++)
        followers.push(await Following.start(app, `uri=x${own}`, headers));
      if (n > 0) continue;
      // The remaining places are for other tokens.
      const greedy = await app.api("/messages/events", { headers });
      expect([greedy.status, greedy.headers.get("retry-after")]).toEqual([429, "10"]);
      const problem = await greedy.json();
      expect(problem).toMatchObject({ code: "rate_limited" });
      expect(JSON.stringify(problem)).toContain('\\"token-0\\"');
    }
    const refused = await app.api("/messages/events");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);
    expect(await refused.json()).toMatchObject({ code: "too_many_followers" });
  } finally {
    for (const one of followers) one[Symbol.dispose]();
  }
  const again = async () => {
    using following = await Following.start(app);
    return following.status;
  };
  await expect.poll(again).toBe(200);
});

const row = (id: string) => ({
  id,
  received_at: 0,
  method: "POST",
  uri: "x",
  status: "SUCCESS" as const,
  provider: null,
  event_type: null,
  delivery_id: null,
  note: "x".repeat(200_000),
  body_bytes: 0,
  sync: 0,
  duplicate_of: null,
  repetition_of: null,
  resubmitted_from: null,
  edited: 0,
});

test("a client that reads too slowly gets an `end` event and is disconnected, and its backlog takes no memory", async () => {
  const feed = new MessageFeed(Date.now, 100);
  const pick = (ids: readonly string[]) => Promise.resolve(ids.map(row));
  const caller = { id: "of-a-token", name: "a", permissions: new Set(["admin"] as const) };
  const life = {
    ended: new AbortController().signal,
    assertGood: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
  let buffered = 0;
  const server = createServer((_request, response) => {
    const out = new EventStream(response);
    const follower = new MessageFollower(
      out,
      {},
      { feed, pick, caller, life, nearUris: () => [] },
      feed.placeOf(undefined),
    );
    response.once("close", () => follower[Symbol.dispose]());
    const look = setInterval(() => {
      buffered = Math.max(buffered, response.writableLength);
    }, 1);
    response.once("close", () => clearInterval(look));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  socket.pause();
  await expect.poll(() => feed.followers).toBe(1);
  for (let round = 0; feed.followers > 0 && round < 500; round++) {
    for (let at = 0; at < 20; at++) feed.add("accepted", `${round}-${at}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  expect(feed.followers).toBe(0);
  // It got the batch that was read when its buffer became full, and nothing after it.
  expect(buffered).toBeLessThan(101 * 201_000);
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString("latin1")).slice(-2000);
  });
  socket.resume();
  await expect.poll(() => text).toContain('event: end\ndata: {"code":"too_slow"');
  socket.destroy();
  server.closeAllConnections();
  server.close();
});
