/** As many idle connections as a server takes by default. */
import { test } from "vitest";
import { expectRoomForMore } from "./idle-server.ts";

test("ten thousand idle connections are kept, and the oldest are closed for new ones", {
  timeout: 180_000,
}, async () => {
  await expectRoomForMore(10_000);
});
