/** As many idle connections as a server accepts by default, and what the memory of each costs. */
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { head, rawClient } from "../support/raw-client.ts";
import { expectRoomForMore, residentMb, startEmpty, statusOfHonest } from "./idle-server.ts";

test("ten thousand idle connections are kept, and the oldest are closed for new ones", {
  timeout: 180_000,
}, async () => {
  await expectRoomForMore(10_000);
});

const CHEAP: readonly (readonly [string, string])[] = [
  [
    "heads of nine thousand tiny headers, half sent",
    head("x", ...Array(9000).fill("ab:cd")).trimEnd(),
  ],
  [
    "large answers that are not read",
    "GET /api/v1/docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(4),
  ],
];
test.each(CHEAP)("%s take hardly more memory than was sent", async (_, bytes) => {
  await using started = await startEmpty();
  const { server } = started;
  expect(await statusOfHonest(server.url)).toBe(202);
  expect((await fetch(`${server.url}/api/v1/docs/swagger-ui-bundle.js`)).status).toBe(200);
  const mbBefore = residentMb(server);
  const sockets: Socket[] = [];
  for (let n = 0; n < 250; n++) {
    const { socket } = await rawClient(server.url);
    socket.pause();
    socket.write(bytes);
    sockets.push(socket);
  }
  for (let n = 0; n < 10; n++) expect(await statusOfHonest(server.url)).toBe(202);
  expect(residentMb(server) - mbBefore).toBeLessThan(60);
  for (const socket of sockets) socket.destroy();
});
