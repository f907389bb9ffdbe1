/** Connections up to the limit and beyond: new requests are still answered, and all resources are released. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { HANG_MS } from "../support/hang.ts";
import { head, rawClient } from "../support/raw-client.ts";
import { ANYTHING, fn, startTestApp } from "../support/test-app.ts";
import { expectRoomForMore, statusOfHonest, WITHIN } from "./idle-server.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

test("three hundred idle connections are kept, and the oldest are closed for new ones", async () => {
  await expectRoomForMore(300);
});

test("when connections run out, a pending request keeps its connection and an answered one may lose it", async () => {
  const functions = { slow: fn("slow", "export default (e, ctx) => ctx.sleep(2000);") };
  await using app = await startTestApp({
    providers: { anything: ANYTHING },
    functions,
    environment: { HOOKYARD_MAX_CONNECTIONS: "20" },
  });
  using answered = await rawClient(app.url, head("x", "Content-Length: 0"));
  await expect.poll(() => answered.received(), WITHIN).toMatch(/^HTTP\/1\.1 202 /);
  using waiting = await rawClient(
    app.url,
    head("slow", "Content-Length: 0", "Flex-Sync-Webhook: true"),
  );
  const pending = async () => (await (await app.api("/messages?uri=slow")).json()) as object;
  await expect.poll(pending, WITHIN).toMatchObject({ items: [{ status: "PENDING" }] });
  const others = await Promise.all(Array.from({ length: 60 }, () => rawClient(app.url)));
  expect(await statusOfHonest(app.url)).toBe(202);
  await expect.poll(() => waiting.received(), WITHIN).toMatch(/^HTTP\/1\.1 200 /);
  await expect.poll(() => answered.isClosed(), WITHIN).toBe(true);
  for (const { socket } of others) socket.destroy();
});

/** Connects from the given loopback address: all of 127.0.0.0/8 is this machine. */
async function connectFrom(localAddress: string, url: string): Promise<Socket> {
  const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", localAddress });
  socket.on("error", () => undefined).resume();
  await once(socket, "connect");
  return socket;
}

test.each([
  ["of an address makes room itself", "false", "127.0.0.3"],
  ["behind a trusted proxy goes by age alone", "true", "127.0.0.2"],
])("the newest connection %s", async (_, trustProxy, loser) => {
  await using app = await startTestApp({
    environment: { HOOKYARD_MAX_CONNECTIONS: "20", HOOKYARD_TRUST_PROXY: trustProxy },
  });
  const few: Socket[] = [];
  const many: Socket[] = [];
  for (let n = 0; n < 5; n++) few.push(await connectFrom("127.0.0.2", app.url));
  for (let n = 0; n < 19; n++) many.push(await connectFrom("127.0.0.3", app.url));
  const [losers, others] = loser === "127.0.0.3" ? [many, few] : [few, many];
  await expect.poll(() => losers.slice(0, 4).every((one) => one.closed), WITHIN).toBe(true);
  expect([...losers.slice(4), ...others].filter((one) => one.closed)).toEqual([]);
  // A new address gets a connection as well.
  expect(await statusOfHonest(app.url)).toBe(202);
  expect(others.filter((one) => one.closed)).toEqual([]);
  for (const socket of [...few, ...many]) socket.destroy();
});

test("a server that stops does not wait long for requests that are half sent", async () => {
  const app = await startTestApp({ providers: { anything: ANYTHING } });
  using half = await rawClient(app.url, `${head("x", "Content-Length: 10")}12345`);
  expect(await statusOfHonest(app.url)).toBe(202);
  const startedAt = performance.now();
  await app[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(HANG_MS);
  await expect.poll(() => half.isClosed(), WITHIN).toBe(true);
});

test("one address that reads no answers does not hold all connections", async () => {
  const max = 20;
  await using app = await startTestApp({
    providers: { anything: ANYTHING },
    environment: { HOOKYARD_MAX_CONNECTIONS: String(max), HOOKYARD_HOST: "0.0.0.0" },
  });
  const url = app.url.replace("0.0.0.0", "127.0.0.1");
  const part = "GET /api/v1/docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const unread: Socket[] = [];
  for (let n = 0; n < max; n++) {
    const { socket } = await rawClient(url, part.repeat(8));
    await once(socket, "data");
    socket.pause();
    unread.push(socket);
  }
  // The request comes from another address of this machine.
  const honest = async () => {
    const { port } = new URL(url);
    const socket = connect({ port: Number(port), host: "127.0.0.1", localAddress: "127.0.0.2" });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(head("x", "Content-Length: 0", "Connection: close"));
    let received = "";
    for await (const chunk of socket.setEncoding("latin1")) received += String(chunk);
    return received.split("\r\n", 1)[0];
  };
  for (let n = 0; n < 5; n++) expect(await honest()).toBe("HTTP/1.1 202 Accepted");
  for (const socket of unread) socket.destroy();
});
