/** Senders that are known by the shape of their body alone are recognised however it travels. */
import { expect, test } from "vitest";
import { startTestApp } from "./test-app.ts";

test("the unnamed test of Bitbucket Data Center is answered, chunked too", async () => {
  await using app = await startTestApp({ providers: { "bitbucket-server": "shipped" } });
  for (const duplex of [false, true]) {
    const text = new Blob(['{"test":true}']);
    const body = duplex ? text.stream() : text;
    const response = await app.send("in", { body, ...(duplex ? { duplex: "half" } : {}) });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  }
  const { items } = JSON.parse(await (await app.api("/messages?status=HANDSHAKE")).text());
  expect(items).toMatchObject([{ provider: "bitbucket-server" }, { provider: "bitbucket-server" }]);
});
